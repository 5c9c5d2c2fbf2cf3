internal import ZooTensor

/// What happens when the system has no memory for tensors: verbs do not come back from that.
public enum MemoryExhaustion {
    /// Has `handler` called with the number of bytes that were asked for; without one the program traps.
    ///
    /// It has to end the program, on whatever thread it is called; whatever is kept is kept so that it may end anywhere.
    public static func onExhaustion(_ handler: @escaping @Sendable (_ byteCount: Int) -> Never) {
        SystemMemory.onExhaustion(handler)
    }
}
