// swift-tools-version: 6.2
// The parsers under libFuzzer: a package of its own, put together by Scripts/fuzz.sh, so that what no parser needs
// (and what takes minutes to build under sanitizers) is not built.
import Foundation
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let kernelFlags: [CSetting] = [
    .unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"])
]

/// System libraries of ZooCheckpoint, by their pkg-config names; those that the sources do not have are left out.
let libraries = ["CZlib": "zlib"].filter { name, _ in
    FileManager.default.fileExists(atPath: Context.packageDirectory + "/Sources/" + name)
}

let package = Package(
    name: "fuzz",
    targets: libraries.map { .systemLibrary(name: $0.key, pkgConfig: $0.value) } + [
        .target(name: "Crypto", swiftSettings: strict),
        .target(name: "CBytes", cSettings: kernelFlags),
        .target(
            // Git's names of files need SHA-1, which the stand-in for swift-crypto does not have, and no parser does.
            name: "ZooBase", dependencies: ["Crypto"], exclude: ["GitBlobHasher.swift"],
            swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "ZooCheckpoint",
            dependencies: ["CBytes", "ZooBase"] + libraries.keys.map { .target(name: $0) }, swiftSettings: strict),
        .target(name: "ZooText", dependencies: ["ZooBase"], swiftSettings: strict),
        .target(name: "ZooData", dependencies: ["ZooBase"], swiftSettings: strict),
        .executableTarget(
            name: "Fuzz",
            dependencies: ["CZlib", "ZooBase", "ZooCheckpoint", "ZooData", "ZooText"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
