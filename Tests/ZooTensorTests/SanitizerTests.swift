#if ADDRESS_SANITIZER || THREAD_SANITIZER
    import CKernels
    import Synchronization
    import Testing

    @testable import ZooTensor

    /// What a sanitizer says of a mistake, so that its silence about everything else means something.
    @Suite struct SanitizerTests {
        #if ADDRESS_SANITIZER
            @Test func aKernelPastTheEndOfABufferIsFound() async {
                let run = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    let arena = Arena()
                    let (first, second) = (arena.buffer(21), arena.buffer(21))
                    ck_add(first.start, second.start, 22)
                }
                #expect(text(run).contains("use-after-poison"))
            }

            @Test func aKernelPastTheEndOfAMappingIsFound() async {
                let run = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    let buffer = Buffer(zeros: 4096)
                    ck_add(buffer.start + 16, buffer.start + 16, 4096)
                }
                #expect(text(run).contains("use-after-poison"))
            }

            @Test func aBufferThatWasGivenBackIsFound() async {
                let run = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    let arena = Arena()
                    let start = arena.buffer(64).start
                    arena.takeBack()
                    ck_add(start, start, 64)
                }
                #expect(text(run).contains("use-after-poison"))
            }
        #else
            /// Both workers add to the same vectors, neither before the other has begun.
            @Test func aRaceInAKernelIsFound() async {
                let run = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    let buffer = Buffer(zeros: 64), begun = Atomic(0)
                    Workers(count: 2).run(tiles: 2) { _, _ in
                        begun.wrappingAdd(1, ordering: .relaxed)
                        while begun.load(ordering: .relaxed) < 2 { ck_pause() }
                        ck_add(buffer.start, buffer.start, 64)
                    }
                }
                #expect(text(run).contains("data race"))
            }
        #endif

        private func text(_ run: ExitTest.Result?) -> String {
            String(decoding: run?.standardErrorContent ?? [], as: UTF8.self)
        }
    }
#endif
