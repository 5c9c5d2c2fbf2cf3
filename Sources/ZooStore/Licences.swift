import ZooBase

/// Finds the licence of a model: its card, a licence file beside it, the package around it.
enum Licences {
    /// Whether a file is one that may say something about licences: cards, licence files, package descriptions.
    static func isNote(_ path: String) -> Bool {
        let name = FilePaths.name(of: path)
        return name == "README.md" || isLicenceFile(name) || isPackageDescription(path)
    }

    /// Every licence found, the one that holds first.
    ///
    /// - Parameters:
    ///   - folder: the model's folder among `notes`.
    ///   - notes: paths and bytes of files for which `isNote` holds.
    static func find(folder: String, notes: [ExactString: [UInt8]]) -> [Licence] {
        var found: [Licence] = []
        let paths = notes.keys.sorted()
        func text(_ path: ExactString) -> String { String(decoding: notes[path]!, as: UTF8.self) }
        let beside = paths.filter { ModelFolders.parent($0.text).utf8.elementsEqual(folder.utf8) }
        for path in beside where FilePaths.name(of: path.text) == "README.md" {
            if let name = frontMatter(text(path)) { found.append(Licence(name: spdx(name), source: .card)) }
        }
        for path in beside where isLicenceFile(FilePaths.name(of: path.text)) {
            found.append(Licence(name: recognize(text(path)) ?? Licence.unrecognized, source: .file))
        }
        for path in paths where isPackageDescription(path.text) {
            if let name = packageLicence(text(path)) { found.append(Licence(name: spdx(name), source: .package)) }
        }
        return found
    }

    private static func isLicenceFile(_ name: String) -> Bool {
        let stem = name.lowercased().split(separator: ".").first ?? ""
        let suffix = name.lowercased().split(separator: ".").dropFirst().joined(separator: ".")
        return ["license", "licence", "copying"].contains(stem) && ["", "txt", "md"].contains(suffix)
    }

    /// `METADATA` of a wheel, `PKG-INFO` of a source archive (Python packaging, "Core metadata").
    private static func isPackageDescription(_ path: String) -> Bool {
        path.hasSuffix(".dist-info/METADATA") || FilePaths.name(of: path) == "PKG-INFO"
    }

    /// The `license` of a card's YAML front matter; several are joined by ` OR `.
    static func frontMatter(_ card: String) -> String? {
        var lines = card.split(omittingEmptySubsequences: false) { $0.isNewline }[...]
        guard lines.first.map(trimmed) == "---" else { return nil }
        lines = lines.dropFirst()
        guard let end = lines.firstIndex(where: { trimmed($0) == "---" }) else { return nil }
        lines = lines[..<end]
        func value(_ key: String) -> String? {
            guard let index = lines.firstIndex(where: { $0.hasPrefix(key + ":") }) else { return nil }
            let rest = unquoted(lines[index].dropFirst(key.utf8.count + 1))
            if rest.hasPrefix("[") {
                let items = rest.dropFirst().prefix { $0 != "]" }.split(separator: ",").map(unquoted)
                return items.isEmpty ? nil : items.joined(separator: " OR ")
            }
            if !rest.isEmpty { return rest }
            let items = lines[(index + 1)...].prefix { trimmed($0).hasPrefix("- ") }.map {
                unquoted(Substring(trimmed($0).dropFirst(2)))
            }
            return items.isEmpty ? nil : items.joined(separator: " OR ")
        }
        let licence = value("license")
        return licence == "other" ? value("license_name") ?? licence : licence
    }

    /// `License-Expression`, else `License`, else the licence classifiers of a package description.
    static func packageLicence(_ text: String) -> String? {
        let header = text.split(omittingEmptySubsequences: false) { $0.isNewline }.prefix { !$0.isEmpty }
        for key in ["License-Expression: ", "License: "] {
            if let line = header.first(where: { $0.hasPrefix(key) }) {
                let value = trimmed(line.dropFirst(key.utf8.count))
                if !value.isEmpty && value != "UNKNOWN" { return value }
            }
        }
        let mark = "Classifier: License :: OSI Approved :: "
        return header.first { $0.hasPrefix(mark) }.map { line in
            let name = trimmed(line.dropFirst(mark.utf8.count))
            return name.hasSuffix(" License") ? String(name.dropLast(8)) : name
        }
    }

    /// The SPDX identifier of a licence's text; nil for one that is not known.
    static func recognize(_ text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ").lowercased()
        return knownTexts.first { $0.phrases.allSatisfy(words.contains) }?.identifier
    }

    /// The first entry whose phrases all occur names the licence, so the more particular ones come first.
    private static let knownTexts: [(identifier: String, phrases: [String])] = [
        ("Apache-2.0", ["apache license", "version 2.0"]),
        ("MIT", ["permission is hereby granted, free of charge", "the above copyright notice"]),
        ("BSD-3-Clause", ["redistribution and use in source and binary forms", "neither the name"]),
        ("BSD-2-Clause", ["redistribution and use in source and binary forms"]),
        ("AGPL-3.0", ["gnu affero general public license", "version 3"]),
        ("LGPL-3.0", ["gnu lesser general public license", "version 3"]),
        ("GPL-3.0", ["gnu general public license", "version 3"]),
        ("GPL-2.0", ["gnu general public license", "version 2"]),
        ("MPL-2.0", ["mozilla public license", "2.0"]),
        ("CC-BY-NC-SA-4.0", ["attribution-noncommercial-sharealike 4.0"]),
        ("CC-BY-NC-4.0", ["attribution-noncommercial 4.0"]),
        ("CC-BY-SA-4.0", ["attribution-sharealike 4.0"]),
        ("CC-BY-4.0", ["attribution 4.0"]),
        ("CC0-1.0", ["cc0 1.0"]),
        ("Unlicense", ["free and unencumbered software released into the public domain"]),
        ("ISC", ["permission to use, copy, modify, and/or distribute this software"]),
    ]

    /// The identifier with the capitals of the SPDX list; other words stay as they are.
    private static func spdx(_ name: String) -> String {
        knownTexts.first { $0.identifier.lowercased() == name.lowercased() }?.identifier ?? name
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let space: (Character) -> Bool = { $0.isWhitespace }
        return String(text.drop(while: space).reversed().drop(while: space).reversed())
    }

    private static func unquoted(_ text: some StringProtocol) -> String {
        let value = trimmed(text)
        for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
            return String(value.dropFirst().dropLast())
        }
        return value
    }
}
