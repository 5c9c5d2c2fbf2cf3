import ArgumentParser
import ZooBase
import ZooKit

/// How a data file is read.
struct DataOptions: ParsableArguments {
    @Option(help: "The column that holds the text (a name, or a number from 1).") var textColumn: String?
    @Option(help: "The column that holds the label (a name, or a number from 1).") var labelColumn: String?
    @Flag(inversion: .prefixedNo, help: "Whether the first line names the columns (default: guessed and printed).")
    var header: Bool?
    @Flag(help: "Fields of a TSV file may be quoted as in CSV.") var quoting = false
    @Option(help: "utf-8 or latin1.") var encoding = "utf-8"
    @Option(help: "What the labels in the file mean, such as '1=negative,2=positive'.") var labels: String?

    func request(_ path: String?) -> DataRequest {
        var request = DataRequest()
        request.path = path
        request.textColumn = textColumn
        request.labelColumn = labelColumn
        request.hasHeader = header
        request.isQuoted = quoting
        request.encoding = encoding
        request.labels = labels
        return request
    }
}
