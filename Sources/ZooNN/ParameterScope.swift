public import ZooBase
public import ZooTensor

/// A place in the checkpoint.
///
/// Layers are built from it, so names are the checkpoint's own.
public struct ParameterScope {
    let loader: ParameterLoader
    let path: String
    let depth: Int
    let freshSeed: UInt64?

    /// The place `name` within this one.
    public subscript(_ name: String) -> ParameterScope {
        ParameterScope(loader: loader, path: path + name + ".", depth: depth, freshSeed: freshSeed)
    }

    /// The same place at another depth of the model.
    public func at(depth: Int) -> ParameterScope {
        ParameterScope(loader: loader, path: path, depth: depth, freshSeed: freshSeed)
    }

    /// The same place, but parameters are made new: weights from N(0, 0.02), biases zero.
    public func fresh(seed: UInt64) -> ParameterScope {
        ParameterScope(loader: loader, path: path, depth: depth, freshSeed: seed)
    }

    /// Whether the checkpoint has a tensor `name` here.
    public func has(_ name: String) -> Bool { loader.has(path + name) }

    /// The matrix or table `name`.
    public func weight(_ name: String = "weight", _ shape: Shape) -> Parameter {
        guard let freshSeed else { return loader.take(path + name, shape, role(isNormOrBias: false)) }
        let elements = NormalNumbers.make(shape.elementCount, deviation: 0.02, seed: freshSeed, name: path + name)
        return loader.make(path + name, shape, role(isNormOrBias: false), elements)
    }

    /// The vector `name` of a layer norm or bias; a fresh one holds `initial`.
    public func vector(_ name: String, _ count: Int, initial: Float = 0) -> Parameter {
        guard freshSeed != nil else { return loader.take(path + name, [count], role(isNormOrBias: true)) }
        let elements = [Float](repeating: initial, count: count)
        return loader.make(path + name, [count], role(isNormOrBias: true), elements)
    }

    private func role(isNormOrBias: Bool) -> Parameter.Role {
        Parameter.Role(depth: depth, isNormOrBias: isNormOrBias)
    }
}
