import Testing
import ZooCheckpoint

@Suite struct WeightFilesTests {
    @Test(arguments: [
        (["config.json", "model.safetensors", "pytorch_model.bin", "tf_model.h5"], "model.safetensors"),
        (["model-00001-of-00002.safetensors", "model.safetensors.index.json"], "model.safetensors.index.json"),
        (["pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin"], "pytorch_model.bin.index.json"),
        (["b.safetensors", "a.safetensors"], "a.safetensors"), (["tf_model.h5", "vocab.txt"], "tf_model.h5"),
        (["sub/model.safetensors", "x.GGUF"], "x.GGUF"), (["config.json", "vocab.txt"], nil),
        (["sub/model.safetensors"], nil),
    ]) func choosesOneFileOrAnIndex(_ names: [String], _ expected: String?) {
        #expect(WeightFiles.choose(among: names) == expected)
        #expect(WeightFiles.choose(among: names.reversed()) == expected)
    }
}
