/// A list of at most four elements that needs no memory of its own: layers that read the same input, and what belongs to
/// each of them.
public struct Few<Element>: RandomAccessCollection, ExpressibleByArrayLiteral {
    private var slots: InlineArray<4, Element?>
    /// Number of elements.
    public private(set) var endIndex = 0
    /// 0.
    public var startIndex: Int { 0 }

    /// An empty list.
    public init() { slots = InlineArray(repeating: nil) }

    /// The elements of a sequence; traps when they are more than four.
    public init(_ elements: some Sequence<Element>) {
        self.init()
        for element in elements { append(element) }
    }

    /// The elements of a literal; traps when they are more than four.
    public init(arrayLiteral elements: Element...) { self.init(elements) }

    /// Adds an element at the end; traps when there are four.
    public mutating func append(_ element: Element) {
        slots[endIndex] = element
        endIndex += 1
    }

    /// The element at a place; traps when there is none.
    public subscript(_ place: Int) -> Element { slots[place]! }

    /// What `transform` makes of each element.
    public func map<Result>(_ transform: (Element) -> Result) -> Few<Result> {
        var results = Few<Result>()
        for element in self { results.append(transform(element)) }
        return results
    }
}
