import ArgumentParser
import ZooBase
import ZooKit

/// How a data file is read.
struct DataOptions: ParsableArguments {
    @Option(help: "The column that holds the text (a name, or a number from 1).") var textColumn: String?
    @Option(help: "The column that holds the label (a name, or a number from 1).") var labelColumn: String?
    @Flag(inversion: .prefixedNo, help: "Whether the first line names the columns (default: guessed and printed).")
    var header: Bool?
    @Flag(inversion: .prefixedNo, help: "Whether fields may be quoted (default: yes in CSV, no in TSV).")
    var quoting: Bool?
    @Option(help: "csv, tsv or jsonl (default: recognised).") var format: String?
    @Flag(help: "Drop and count rows with too many fields instead of refusing the file.") var dropMalformed = false
    @Option(help: "utf8, latin1 or windows1252.") var encoding = "utf8"
    @Option(help: "What the labels in the file mean, such as 'negative=1,positive=2'.") var labels: String?

    func request(_ path: String?) -> DataRequest {
        var request = DataRequest()
        request.path = path
        request.textColumn = textColumn
        request.labelColumn = labelColumn
        request.hasHeader = header
        request.isQuoted = quoting
        request.format = format
        request.dropsMalformed = dropMalformed
        request.encoding = encoding
        request.labels = labels
        return request
    }
}
