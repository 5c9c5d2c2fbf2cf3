import Testing
import ZooCheckpoint

@Suite struct WeightFilesTests {
    @Test(arguments: [
        (["config.json", "model.safetensors", "pytorch_model.bin", "tf_model.h5"], "model.safetensors"),
        (["model-00001-of-00002.safetensors", "model.safetensors.index.json"], "model.safetensors.index.json"),
        (["pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin"], "pytorch_model.bin.index.json"),
        (["b.safetensors", "a.safetensors"], "a.safetensors"), (["tf_model.h5", "vocab.txt"], "tf_model.h5"),
        (["sub/model.safetensors", "x.GGUF"], "x.GGUF"), (["config.json", "vocab.txt"], nil),
        (["sub/model.safetensors"], nil), (["optimizer.bin", "pytorch_model.bin"], "pytorch_model.bin"),
        (["optimizer.bin", "training_args.bin", "tf_model.h5"], "tf_model.h5"),
        (["optimizer.pt", "rng_state_0.pth", "scheduler.pt", "training_args.bin"], nil),
        (["arguments.bin", "tf_model.h5"], "tf_model.h5"), (["adapter_model.bin", "a.bin"], "adapter_model.bin"),
        (["weights.bin"], "weights.bin"), (["last.ckpt", "x.keras"], "last.ckpt"), (["resnet20.th"], "resnet20.th"),
    ]) func choosesOneFileOrAnIndex(_ names: [String], _ expected: String?) {
        #expect(WeightFiles.choose(among: names) == expected)
        #expect(WeightFiles.choose(among: names.reversed()) == expected)
    }

    @Test func whatTrainingLeavesIsNoPartOfTheModel() {
        for name in ["optimizer.bin", "training_args.bin", "rng_state.pth", "model.safetensors", "TF_model.H5"] {
            #expect(WeightFiles.isCheckpoint(name))
        }
        for name in ["config.json", "vocab.txt", "tokenizer.json", "sub/model.safetensors"] {
            #expect(!WeightFiles.isCheckpoint(name))
        }
    }
}
