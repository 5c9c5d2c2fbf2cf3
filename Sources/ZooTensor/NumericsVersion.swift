/// Raised when a change of the code changes a bit of a result; part of every derivation's key.
public let numericsVersion = 5
