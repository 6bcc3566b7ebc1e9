---@meta page

---@class page_module
local page_module = {}

---@class page_settings
---@field fields? string[] fields of a record that are noted, eight at most: paths, as json.path reads them
---@field reads? string[] more of them, eight at most, for hooks to read at once; hooks add to this list
---@field key? string[] those of them that make a record's key
---@field changing? string[] a row is then known by its bytes, where it goes out, but for these members that change by
---themselves: names, or paths of names joined by dots, through each object of a list; "name[]" is a list of which the order
---alone does; 24 at most. Without, it is known by its key.
---Such a list may have a field `to_second`: the name of a member whose time counts by its whole seconds
---@field settled? string[] likewise what a ledger knows it by
---@field splice? string[] values put in the place of those of the same names at a record's top: paths of two names, such as
---"lifetime.count"; eight at most. A record that lacks either, or has null there, stays as it is
---@field without? string[] members that are taken out of each record before anything else is done with it, as if the server had
---not sent them: paths of names joined by dots, through objects; eight at most, of eight names each
---@field numbers? "seconds"|"milliseconds"|"id" what the numbers of `fields` are, and texts of digits: times since 1970, or ids that
---rise, which then stand for microseconds everywhere; without it, they are no times
---@field single? boolean the text is one object, which is the only record
---@field records_path? string where the array is: a path, in which a * stands for each element, or each value of an object
---@field format? "xml"|"ndjson"|"csv" the response is XML, lines of JSON, each a record, or CSV; for response:page
---@field may_lack? boolean of the elements along `records_path`, there need not be one
---@field delimiter? string of CSV, else a comma
---@field columns? string[] of CSV: columns that there must be
---@field unwrap? string where the record is in each element of it: a path
---@field rows? string an older name of records_path

---A page of a text that a script made.
---@param text string
---@param settings page_settings
---@return page? page
---@return string? message
---@return string? code
---@nodiscard
function page_module.of(text, settings) end

---The records of a response. Their bytes are never decoded; which of them go out is noted.
---@class page
local page = {}

---@return integer
function page:count() end

---How many nulls stood among the records, each in the place of one that the server could not write. They are not counted
---as records.
---@return integer
function page:nulls() end

---What a server counts in it: its records and nulls; where `records_path` has a *, the elements at the first one.
---@return integer
function page:units() end

---Bytes of the response that it was split from, inflated.
---@return integer
function page:size() end

---How many would be emitted.
---@return integer
function page:kept() end

---@param field string
---@param before integer? us; of records before this time alone
---@return integer? us of all records
function page:newest(field, before) end

---@param field string
---@param from integer? us; of records from this time on alone
---@return integer? us
function page:oldest(field, from) end

---How many records lack the field, or have null there.
---@param field string
---@return integer
function page:missing(field) end

---How many records have something in the field that is no time, and neither null; and the first such value, as it came.
---@param field string
---@return integer count
---@return string value
function page:unreadable(field) end

---By how many microseconds a record is newer than the one before it, at most.
---@param field string
---@return integer
function page:rise(field) end

---Counts how late records came: adds to counts[n] how many of those kept have the field `to` n units after the field
---`from`, rounded up; at most `most`. Records without both times are not counted.
---@param from string
---@param to string
---@param unit integer microseconds
---@param most integer
---@param counts table<integer, integer>
function page:delays(from, to, unit, most, counts) end

---Is every record older?
---@param field string
---@param us integer
---@return boolean
function page:below(field, us) end

---Drops the records that are older in all of these fields.
---@param bounds table<string, integer>
---@return integer kept
function page:keep(bounds) end

---Drops the records in which a text stands along a path that is none of these; those without one stay.
---@param path string names joined by dots
---@param texts string[] eight at most
---@return integer dropped
function page:only(path, texts) end

---Drops the records that are of these times and later in all of these fields; one that lacks any of them stays.
---@param bounds table<string, integer>
---@return integer kept
function page:keep_before(bounds) end

---Drops the records of days (UTC) that fall to other shards; those without a time stay. A day falls to
---`digest.shard(list .. "\n" .. day, count)`, counted from 1970-01-01.
---@param field string
---@param list string whose days they are
---@param index integer from 0
---@param count integer shards in all
---@return integer kept
function page:keep_days(field, list, index, count) end

---Drops the records that are in the set, by their key; by their bytes, where the page was split with `changing`.
---@param known keys_set
---@return integer dropped
function page:drop_known(known) end

---Adds keys to a set, of records from any of the bounds on.
---@param to keys_set
---@param which "all"|"kept"|keys_set a set: those that it knows
---@param bounds? table<string, integer>
function page:remember(to, which, bounds) end

---Adds to a set what records are known by where they go out: their key; their bytes, where the page was split with `changing`.
---@param to keys_set
---@param which "all"|"kept"|keys_set a set: those that it knows
---@param bounds? table<string, integer>
function page:remember_rows(to, which, bounds) end

---Does the set hold the key of the first record that has one?
---@param known keys_set
---@return boolean
function page:joins(known) end

---Tells which records there are, in whatever order; with a field only those with from <= time < to.
---@param field? string
---@param from? integer
---@param to? integer
---@return integer a
---@return integer b
---@return integer count
function page:digest(field, from, to) end

---@param i integer
---@return string bytes as they go out
---@return boolean goes_out kept, and not held back by a hook
function page:record(i) end

---What a record is known by where it goes out, as keys_set:list() has it.
---@param i integer
---@return string? key nil: it cannot be recognised
function page:row_key(i) end

---A value of the response beside the records.
---@param path string as json.path reads it
---@param raw? boolean its text, as it stands there
---@return any
---@nodiscard
function page:value(path, raw) end

---Holds back the records of which f(record, context) is false or nil; they stay kept: for keys and states they count as
---read. Raises what f raises, and where it returns nothing.
---@param f fun(record: record, context: any): boolean
---@param context? any
---@param reads? string[] fields that f reads are added, for page_settings of later pages
---@param key? string[] fields by which an error that f raises names the record
---@return integer held
function page:filter(f, context, reads, key) end

---What f(record, context) returns goes out in the record's place: the record itself, as changed; a table; or false for
---none. Raises what f raises, and for anything else.
---@param f fun(record: record, context: any): record|table|false
---@param context? any
---@param reads? string[]
---@param key? string[]
function page:transform(f, context, reads, key) end

---Notes fields of the records that go out whose kind is not among the declared ones: found[#found + 1] = name, and
---found[name] = kind; fifty at most.
---@param types table<string, integer> bits: 1 null, 2 boolean, 4 integer, 8 number, 16 string, 32 array, 64 object
---@param found table
---@param at? integer looks at one record only, the first from here on, counted round the page
---@return integer checked
function page:drift(types, found, at) end

---Counts the records that go out with a lone surrogate or `\u0000` as an escape, which consumers refuse.
---@param replace? boolean each such escape goes out as `\ufffd`
---@return integer
function page:clean_text(replace) end

---Adds the members of an object to each record that goes out and lacks them; eight at most.
---@param members string JSON
function page:add(members) end

---Frees the page's memory and its response's body (unless kept); it cannot be used any more.
function page:close() end

return page_module
