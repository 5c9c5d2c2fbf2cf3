// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]
/// Targets that parse what comes from outside also say `unsafe` where they are.
let parsing: [SwiftSetting] = strict + [.strictMemorySafety()]
let kernelFlags: [CSetting] = [
    .unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"])
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "zoo",
    products: [.executable(name: "zoo", targets: ["zoo"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries and kernels
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(name: "CCurl"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CHDF5Child"),
        .target(name: "CProducts"),
        .target(name: "CBytes", cSettings: kernelFlags),
        .target(name: "CKernels", cSettings: kernelFlags),
        .target(name: "CCatalogue", path: "registry", sources: ["catalogue.c"]),

        // Values that name bytes
        .target(
            name: "ZooBase", dependencies: [crypto],
            swiftSettings: parsing + [.enableExperimentalFeature("Lifetimes")]),
        .target(name: "Catalogue", dependencies: ["CCatalogue", "ZooBase", yams], swiftSettings: strict),

        // Files in, files out
        .target(name: "ZooCheckpoint", dependencies: ["CBytes", "CZlib", "ZooBase"], swiftSettings: parsing),
        .target(name: "ZooText", dependencies: ["ZooBase"], swiftSettings: parsing),
        .target(name: "ZooData", dependencies: ["ZooBase"], swiftSettings: parsing),
        .target(
            name: "ZooStore", dependencies: ["CArchive", "CCurl", "CZlib", grdb, sqlite, "ZooBase"],
            swiftSettings: strict),

        // Numbers
        .target(
            name: "ZooTensor", dependencies: ["CKernels", "CProducts", "ZooBase"], swiftSettings: strict),
        .target(name: "ZooNN", dependencies: ["ZooBase", "ZooTensor"], swiftSettings: strict),
        .target(name: "ZooModels", dependencies: ["ZooBase", "ZooNN", "ZooTensor"], swiftSettings: strict),
        .target(name: "ZooTrain", dependencies: ["ZooBase", "ZooModels", "ZooTensor"], swiftSettings: strict),
        .target(
            name: "ZooExport",
            dependencies: [protobuf, "ZooBase", "ZooCheckpoint", "ZooModels", "ZooNN", "ZooTensor"],
            exclude: ["ONNX/onnx.proto"], swiftSettings: strict),

        // The verbs
        .target(
            name: "ZooKit",
            dependencies: [
                "Catalogue", "ZooBase", "ZooCheckpoint", "ZooData", "ZooExport", "ZooModels", "ZooStore", "ZooTensor",
                "ZooText", "ZooTrain",
            ], swiftSettings: strict),
        .executableTarget(
            name: "zoo", dependencies: [argumentParser, "CHDF5Child", "ZooBase", "ZooKit"], swiftSettings: strict),

        // Tests
        .testTarget(name: "CommandTests", exclude: ["Snapshots"], swiftSettings: strict),
        .testTarget(name: "CatalogueTests", dependencies: ["Catalogue", "ZooBase"], swiftSettings: strict),
        .testTarget(name: "ZooBaseTests", dependencies: ["ZooBase"], swiftSettings: strict),
        .testTarget(
            name: "ZooCheckpointTests", dependencies: ["ZooBase", "ZooCheckpoint", "zoo"], swiftSettings: strict),
        .testTarget(name: "ZooDataTests", dependencies: ["ZooBase", "ZooData"], swiftSettings: strict),
        .testTarget(
            name: "ZooExportTests", dependencies: ["ZooBase", "ZooCheckpoint", "ZooExport"],
            swiftSettings: strict),
        .testTarget(
            name: "ZooKitTests",
            dependencies: ["ZooBase", "ZooCheckpoint", "ZooKit", "ZooModels", "ZooNN", "ZooStore", "ZooTensor"],
            swiftSettings: strict),
        .testTarget(
            name: "ZooModelsTests", dependencies: ["ZooBase", "ZooModels", "ZooNN", "ZooTensor"],
            swiftSettings: strict),
        .testTarget(
            name: "ZooStoreTests", dependencies: ["CArchive", "CZlib", grdb, "ZooBase", "ZooStore"],
            swiftSettings: strict),
        .testTarget(
            name: "ZooTensorTests", dependencies: ["CKernels", "ZooBase", "ZooTensor"],
            swiftSettings: strict),
        .testTarget(name: "ZooTextTests", dependencies: ["ZooBase", "ZooText"], swiftSettings: strict),
        .testTarget(
            name: "ZooTrainTests", dependencies: ["ZooBase", "ZooCheckpoint", "ZooModels", "ZooTensor", "ZooTrain"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
