package repair

// A Kind is what was done to a text, or to a value that it holds. The first group
// is about how the text is written; the second is about values, which a schema
// wanted otherwise.
type Kind string

const (
	Surroundings Kind = "surroundings" // text before, after or between values was left out
	Comment      Kind = "comment"      // a comment was left out
	Quotes       Kind = "quotes"       // other quotes than ", or too many of them
	Unquoted     Kind = "unquoted"     // quotes were missing
	InnerQuote   Kind = "inner-quote"  // a quote inside a string was not escaped
	Escape       Kind = "escape"       // an escape that JSON does not know
	Control      Kind = "control"      // a line break or the like inside a string
	Space        Kind = "space"        // white space that JSON does not know
	Encoding     Kind = "encoding"     // bytes that are not UTF-8 became U+FFFD
	Comma        Kind = "comma"        // a comma was missing, left over or another character
	Colon        Kind = "colon"        // a colon was missing or another character
	Bracket      Kind = "bracket"      // a bracket was missing, left over or another one
	Literal      Kind = "literal"      // True, None, undefined, +1, .5, 0x1F and the like
	Joined       Kind = "joined"       // strings, or objects, that stood beside each other are one
	Decoded      Kind = "decoded"      // the JSON was itself written as a string, or in entities
	Skipped      Kind = "skipped"      // something that is no value, such as an ellipsis, was left out
	Truncated    Kind = "truncated"    // the text ends in the middle of the value

	Renamed    Kind = "renamed"   // a member goes by another name in the schema
	Dropped    Kind = "dropped"   // a member that the schema does not have was left out
	NullAbsent Kind = "null"      // a null where the schema has a value or nothing was left out
	Number     Kind = "number"    // a number was written as text, or with separators or a unit
	Boolean    Kind = "boolean"   // a boolean was written as text, or as a number
	Text       Kind = "text"      // a text was written as another value
	Enum       Kind = "enum"      // the value of an enum was written in another way
	Listed     Kind = "listed"    // one value became a list, or a list its only value
	Unwrapped  Kind = "unwrapped" // the value stood inside another, or became one that holds it
	Duplicate  Kind = "duplicate" // a member was left out: another says the same, or has the very name that this one only resembles
)

// costs says how far a repair takes the value from the text. Of several readings
// the one with the least sum is meant.
var costs = map[Kind]int{
	Surroundings: 0,
	Comment:      1,
	Quotes:       1,
	Unquoted:     1,
	InnerQuote:   2,
	Escape:       1,
	Control:      1,
	Space:        0,
	Encoding:     2,
	Comma:        1,
	Colon:        2,
	Bracket:      3,
	Literal:      1,
	Joined:       3,
	Decoded:      3,
	Skipped:      4,
	Truncated:    8,

	Renamed:    2,
	Dropped:    3,
	NullAbsent: 1,
	Number:     3,
	Boolean:    3,
	Text:       3,
	Enum:       3,
	Listed:     4,
	Unwrapped:  6,
	Duplicate:  1,
}

// unfit is the cost of each thing that leaves a value at odds with its schema. It
// outweighs all repairs that a text of ordinary length can need.
const unfit = 100_000
