import Testing
import ZooTensor

@Suite struct BenchmarkTests {
    @Test func operationsAreTimed() {
        let bench = KernelBenchmark(Engine(threads: 2), budget: 0.001)
        let products = bench.products(m: 20, n: 48, k: 32)
        #expect(products.map(\.name) == ["Y = X W' f32", "dX = dY W f32", "dW = dY' X f32"])
        #expect(products.allSatisfy { $0.flops == 2 * 20 * 48 * 32 && ($0.gigaflops ?? 0) > 0 && $0.threads == 2 })
        let kernels = bench.kernels(tokens: 48)
        #expect(kernels.map(\.name) == ["gelu", "gelu backward", "attention", "residual + layer norm", "AdamW"])
        #expect(kernels.allSatisfy { $0.seconds > 0 && $0.gigabytes > 0 })
    }
}
