internal import CProducts

/// oneDNN's matrix products on this processor: one primitive per shape, kept; streams and scratch memory per worker.
///
/// A primitive that two threads run at once with the library's own scratch memory gives wrong results in silence, so
/// each worker brings its own.
final class OneDNN {
    /// The product that a primitive computes: C[m, n] = A[m, k] B + bias, or C += A B.
    struct Key: Hashable {
        var m: Int, n: Int, k: Int
        /// Whether B is stored as its transpose, [n, k].
        var isTransposed: Bool
        var hasBias: Bool
        var accumulates: Bool
    }

    private let engine: dnnl_engine_t
    private let streams: [dnnl_stream_t]
    private let scratch: ScratchMemory
    private var products: [Key: Product] = [:]
    /// Shapes kept; more than a run of fine-tuning needs, and a bound on memory for a long-lived process.
    private static let capacity = 1024

    init(workers: Int) {
        var engine: dnnl_engine_t?
        Self.check(dnnl_engine_create(&engine, dnnl_cpu, 0))
        self.engine = engine!
        scratch = ScratchMemory(workers: workers)
        streams = (0..<workers).map { _ in
            var stream: dnnl_stream_t?
            Self.check(dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)))
            return stream!
        }
    }

    deinit {
        products.removeAll()
        for stream in streams { dnnl_stream_destroy(stream) }
        dnnl_engine_destroy(engine)
    }

    /// The version, such as `2.6.3`; the libraries must be loaded.
    static var version: String {
        let version = dnnl_version().pointee
        return "\(version.major).\(version.minor).\(version.patch)"
    }

    /// Shapes that a primitive was made for.
    var productCount: Int { products.count }

    /// The product for a shape, made at its first use.
    ///
    /// Only from the thread that drives the workers.
    func product(_ key: Key) -> Product {
        if let product = products[key] { return product }
        if products.count >= Self.capacity { products.removeAll() }
        let product = Product(key, engine: engine, streams: streams, scratch: scratch)
        products[key] = product
        return product
    }

    fileprivate static func check(_ status: dnnl_status_t, _ call: StaticString = #function) {
        precondition(status == dnnl_success, "oneDNN: status \(status.rawValue) in \(call)")
    }

    /// Scratch memory for each worker, as large as the neediest product asks; grown between products only.
    fileprivate final class ScratchMemory {
        private(set) var blocks: [UnsafeMutableRawPointer]
        private var byteCount = 64

        init(workers: Int) {
            blocks = (0..<workers).map { _ in .allocate(byteCount: 64, alignment: 64) }
        }

        deinit { for block in blocks { block.deallocate() } }

        func reserve(_ count: Int) {
            guard count > byteCount else { return }
            byteCount = count
            for index in blocks.indices {
                blocks[index].deallocate()
                blocks[index] = .allocate(byteCount: count, alignment: 64)
            }
        }
    }

    /// A primitive with each worker's memory objects.
    final class Product {
        private struct Worker {
            var memories: [dnnl_memory_t]
            var arguments: [dnnl_exec_arg_t]
        }

        private var primitive: dnnl_primitive_t
        private var workers: [Worker] = []
        private let streams: [dnnl_stream_t]
        private let scratch: ScratchMemory
        private let needsScratch: Bool

        fileprivate init(_ key: Key, engine: dnnl_engine_t, streams: [dnnl_stream_t], scratch: ScratchMemory) {
            self.streams = streams
            self.scratch = scratch
            var a = Self.description(key.m, key.k, (key.k, 1))
            var b = Self.description(key.k, key.n, key.isTransposed ? (1, key.k) : (key.n, 1))
            var c = Self.description(key.m, key.n, (key.n, 1))
            var bias = Self.description(1, key.n, (key.n, 1))
            var operation = dnnl_matmul_desc_t()
            if key.hasBias {
                check(dnnl_matmul_desc_init(&operation, &a, &b, &bias, &c))
            } else {
                check(dnnl_matmul_desc_init(&operation, &a, &b, nil, &c))
            }
            var attributes: dnnl_primitive_attr_t?
            check(dnnl_primitive_attr_create(&attributes))
            check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
            if key.accumulates {
                var after: dnnl_post_ops_t?
                check(dnnl_post_ops_create(&after))
                check(dnnl_post_ops_append_sum(after, 1))
                check(dnnl_primitive_attr_set_post_ops(attributes, after))
                dnnl_post_ops_destroy(after)
            }
            var description: dnnl_primitive_desc_t?
            check(dnnl_primitive_desc_create(&description, &operation, attributes, engine, nil))
            var scratchDescription = dnnl_memory_desc_t()
            var scratchSize = 0
            if let wanted = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0) {
                scratchDescription = wanted.pointee
                scratchSize = dnnl_memory_desc_get_size(wanted)
            }
            needsScratch = scratchSize > 0
            scratch.reserve(scratchSize)
            var primitive: dnnl_primitive_t?
            check(dnnl_primitive_create(&primitive, description))
            self.primitive = primitive!
            dnnl_primitive_desc_destroy(description)
            dnnl_primitive_attr_destroy(attributes)

            for _ in streams {
                var worker = Worker(memories: [], arguments: [])
                func add(_ argument: Int32, _ description: inout dnnl_memory_desc_t) {
                    var memory: dnnl_memory_t?
                    check(dnnl_memory_create(&memory, &description, engine, nil))
                    worker.memories.append(memory!)
                    worker.arguments.append(dnnl_exec_arg_t(arg: argument, memory: memory))
                }
                add(DNNL_ARG_SRC, &a)
                add(DNNL_ARG_WEIGHTS, &b)
                add(DNNL_ARG_DST, &c)
                if key.hasBias { add(DNNL_ARG_BIAS, &bias) }
                if needsScratch { add(DNNL_ARG_SCRATCHPAD, &scratchDescription) }
                workers.append(worker)
            }
        }

        deinit {
            for worker in workers {
                for memory in worker.memories { dnnl_memory_destroy(memory) }
            }
            dnnl_primitive_destroy(primitive)
        }

        /// Computes one product on the calling worker.
        func run(
            _ worker: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ bias: UnsafePointer<Float>?,
            _ c: UnsafeMutablePointer<Float>
        ) {
            let mine = workers[worker]
            check(dnnl_memory_set_data_handle(mine.memories[0], UnsafeMutableRawPointer(mutating: a)))
            check(dnnl_memory_set_data_handle(mine.memories[1], UnsafeMutableRawPointer(mutating: b)))
            check(dnnl_memory_set_data_handle(mine.memories[2], c))
            if let bias {
                check(dnnl_memory_set_data_handle(mine.memories[3], UnsafeMutableRawPointer(mutating: bias)))
            }
            if needsScratch {
                check(dnnl_memory_set_data_handle(mine.memories[mine.memories.count - 1], scratch.blocks[worker]))
            }
            check(dnnl_primitive_execute(primitive, streams[worker], Int32(mine.arguments.count), mine.arguments))
            check(dnnl_stream_wait(streams[worker]))
        }

        private static func description(_ rows: Int, _ columns: Int, _ strides: (Int, Int)) -> dnnl_memory_desc_t {
            var description = dnnl_memory_desc_t()
            let sizes = [Int64(rows), Int64(columns)]
            check(
                dnnl_memory_desc_init_by_strides(
                    &description, 2, sizes, dnnl_f32, [Int64(strides.0), Int64(strides.1)]))
            return description
        }
    }
}
