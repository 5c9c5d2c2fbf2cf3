/// Objects that are used again as soon as nothing but the pool refers to them, so that a step that is like the one before
/// makes none.
struct Pool<Object: AnyObject> {
    private var lent: [Object] = []
    private var idle: [Object] = []

    init() {
        lent.reserveCapacity(256)
        idle.reserveCapacity(256)
    }

    /// An idle object, or what `make` gives; it is the caller's until nothing refers to it any more.
    mutating func take(_ make: () -> Object) -> Object {
        let object = idle.popLast() ?? make()
        lent.append(object)
        return object
    }

    /// Takes back what nothing else refers to; `clear` gives up what such an object holds.
    mutating func takeBack(_ clear: (Object) -> Void) {
        var place = 0
        while place < lent.count {
            guard isKnownUniquelyReferenced(&lent[place]) else {
                place += 1
                continue
            }
            lent.swapAt(place, lent.count - 1)
            let object = lent.removeLast()
            clear(object)
            idle.append(object)
        }
    }
}
