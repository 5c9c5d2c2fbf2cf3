#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// McNemar's exact test (1947): whether two classifiers judged on the same rows are wrong equally often.
public enum McNemar {
    /// The two-sided p of `fixed` rows that only the second gets right and `broken` ones that only the first does: twice
    /// the probability that a fair coin falls on the rarer side at most so often in so many throws, at most 1.
    public static func exactP(fixed: Int, broken: Int) -> Double {
        let throwCount = fixed + broken
        var logTerm = -Double(throwCount) * log(2.0)
        var tail = 0.0
        for heads in 0...min(fixed, broken) {
            tail += exp(logTerm)
            logTerm += log(Double(throwCount - heads)) - log(Double(heads + 1))
        }
        return min(1, 2 * tail)
    }
}
