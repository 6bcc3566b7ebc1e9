---@meta stream

---What a stream's script returns. docs/streams.md tells more of each field.
---@class stream
---@field name string the stream's name in the catalogue, and its file's
---@field path string? below the API's base; {organization}, {parent.id} and the like are filled in. Needed without `read`
---@field complement {list: string?, of: string?, record: string, fields: string[], scope: string?}? another list of the same records, and
---the path of one that the stream's own list lacks
---@field fallback string? the path to ask where a server no longer has the list's own
---@field params table<string, any>|fun(context: context): table<string, any>|nil query parameters
---@field method "GET"|"POST"|"PUT"|"QUERY"|"SEARCH"|"REPORT"|nil of the list's requests; default: GET, or with `body` POST
---@field body table|fun(context: context): table|nil what they send, as JSON; a text such as "{cursor}" stands for the parameter of
---that name, "{organization}" and "{parent.id}" for what they name
---@field primary_key string|string[]|nil
---@field identity string|string[]|nil what makes one record another, where servers lack the primary key
---@field add table<string, string|number|boolean>? fields that each record gets where it has none of that name; a text such as
---"{parent.id}" or "{project}" stands for what it names
---@field cursor stream_cursor? without one the stream is full refresh only
---@field single boolean? the answer is one record, not a list
---@field records string? where the array is in the answer: names joined by dots; a * stands for each element, or each value of an
---object. A name that holds a dot stands in brackets: '["a.b"]'; so it does in primary_key, identity, cursor and paging
---@field format "xml"|"ndjson"|"csv"|{[1]: "csv", delimiter: string?}|nil the response is no JSON document: XML, lines of
---JSON, or CSV. Lines without `paging` are a file of any size
---@field unwrap string? where the record is in each element of that array
---@field parent string|fun(context: context): table[]|nil a stream, for each record of which this one is read
---@field follow_parent boolean? true: an incremental read asks for the children of new and changed parents alone
---@field most_rows integer? in a child stream: rows that the server gives of one list at most; a warning counts such lists
---@field scope string? what a token needs for it, for messages
---@field schema table|string|nil a JSON Schema, or its file beside the script; default: NAME.json
---@field base string? the address of another API
---@field auth table<string, string>|stream_auth|nil its headers, or more; {secrets.NAME} in a value is exchanged on the way out
---@field paging "none"|stream_paging|fun(response: response, page: page): table<string, any>?|nil
---@field page_size integer|table<string, integer>|nil rows, or the parameter with them: { per_page = 100 }
---@field limits string|stream_limits|nil the headers in which another API tells its rate limits, or how their names begin
---@field statuses {retry: integer[]?, stop: integer[]?, skip: integer[]?}? what refusals mean: try again, the list's end, leave
---this parent out
---@field narrowed_by table<string, string|string[]>? by which parameters the configuration's `issue_query`, `environments` and `release`
---narrow the list: a name, or { name, form of the text }
---@field refresh string|{every: string, without: string[]?, kept: string?}|nil after how long `sync` reads the whole list again, such as "P1D"; with cursor.ordered_by and cursor.changes
---@field settle boolean? false: a list without an order, or by numbered pages, is read in one pass, which may miss a row that moves meanwhile
---@field secrets string|string[]|nil members of the record that hold secrets: they are left out, unless include_secrets of the
---configuration names the stream or one of them; names joined by dots, eight at most
---@field hosts string|string[]|nil other hosts that the script may ask
---@field methods ("POST"|"PUT"|"PATCH"|"DELETE")[]? by which the script may change things at the configured host
---@field through stream_through? a second way to the same records, where the list itself is slow
---@field filter (fun(record: record, context: context): boolean)? true to keep
---@field transform (fun(record: record, context: context): record|table|false)? what goes out in the record's place
---@field read fun(context: own_context)? reads by itself
---@field default true? of a shipped stream: it is read where nobody names a stream; one's own are without a word
---@field suggested true? likewise: it is one of `--streams suggested`
---@field only_named true? likewise: it is read where its name is given, and not by `--streams all`
---@field seen false? likewise: it is made from documentation, and no real server's answer was held against it
---@field tests table<string, fun(stream: stream)>|{[1]: string, [2]: fun(stream: stream)}[]|nil small tests, for `perigee test`

---How a list goes on: by one of `page`, `offset`, `cursor` with `next` or `last`, `next` alone, and `link`.
---@class stream_paging
---@field page string? the parameter for the page's number
---@field first integer? number of the first page; default: 1
---@field offset string? the parameter for the rows to pass over
---@field cursor string? the parameter for the token that is at `next`
---@field next string? where the response has the next page's token, or its address
---@field last string? the field of a page's last record that is the next page's token
---@field link boolean? true: its address is in the Link header
---@field more string? where the response says whether more pages follow
---@field total string? where it says how many rows the list has; with `page` and `offset`
---@field total_pages string? where it says how many pages the list has; with `page`

---Where secrets stand.
---@class stream_auth
---@field headers table<string, string>?
---@field query table<string, string>?
---@field basic {user: string, password: string}?
---@field login stream_login?

---A login, whose token the requests carry.
---@class stream_login
---@field url string
---@field form table<string, string|number|boolean>? what is sent, as a form
---@field json table? or as JSON
---@field basic {user: string, password: string}? the client's name and secret
---@field headers table<string, string>?
---@field token string? where the response has the token; default: access_token
---@field expires string? where it says for how many seconds, or until when; default: expires_in
---@field refresh string? where form and response have the refresh token; default: refresh_token
---@field header string? that carries the token; default: Authorization
---@field prefix string? what stands before it there; default: "Bearer "

---@class stream_limits names of headers
---@field limit string? requests a window
---@field remaining string? of these
---@field reset string? when the window ends: in seconds or milliseconds since 1970, or in seconds from the response on
---@field concurrent_limit string? requests at once

---@class stream_cursor
---@field field string the record's field that incremental reading goes by
---@field start string|table<string, "seconds"|"milliseconds"|"id"|"time"|"date"|string>|nil the parameter by which the server gives
---only what is new, or that with the form of its value, also a pattern such as "%d/%m/%Y"; default: that of `type`, else a time
---such as 2026-01-31T18:21:07Z
---@field stop string|table<string, "seconds"|"milliseconds"|"id"|"time"|"date"|string>|nil likewise, up to where it gives records
---@field slice string|integer|nil how much is asked for at a time, with both: a duration such as "P1D", or a number of ids
---@field type "seconds"|"milliseconds"|"id"|nil what numbers in it are: times since 1970, or ids that rise; nil: they are an error
---@field ordered_by string|string[]|nil fields by which a server may list newest first; none: no order to stop on
---@field changes boolean? records change without another time in the cursor field, and then come again
---@field most_rows integer? rows that the server gives of one slice at most; slices with as many are halved
---@field lookback integer? minutes that an incremental read looks back at least
---@field window boolean? the endpoint may understand `start` and `end`

---@class stream_through
---@field parent string a shipped stream: each record of this one hangs on one of that, whose cursor is no older than it
---@field path string of the records that hang on one parent, newest first
---@field scope string? what a token needs for that, for messages
---@field belongs fun(parent: table): boolean has the parent such records at all?
---@field setting string the configuration's field that chooses: "auto", the parent's name, or anything else for the list itself
---@field lag_seconds integer within which a parent's cursor follows its records
---@field brief? table<string, any> parameters by which a part comes with less of each record, and more records on a page: by them
---a part that was read is looked at again

---What hooks and functions of a stream are handed.
---@class context
---@field config table<string, any> the configuration; in place of a secret stands a handle
---@field parent table? the record of the parent
---@field state table? the state that this read began with

---What `read` is handed.
---@class own_context: context
local own_context = {}

---Fetches a JSON document; json.null where there is no content (204). Raises when that fails, after all retries; what is raised has message, failure_type and status.
---@async
---@param target string a path with {placeholders}, or a whole address
---@param params? table<string, any>
---@param find_wrong? fun(document: any): string? what is wrong with a document: it is then requested again, as one that was cut
---@return any document
---@return response response
function own_context:get(target, params, find_wrong) end

---Sends a request of any method, and returns its response's JSON document; json.null where the response is empty. Raises when
---that fails. It is sent again as `get` is where its method is GET, PUT or DELETE, or `idempotent`; else only where a limit refused
---it, or it surely never came.
---@async
---@param request own_request
---@return any document
---@return response response
function own_context:request(request) end

---@class own_request
---@field path string a path with {placeholders}, or a whole address
---@field method string? GET
---@field query table<string, any>?
---@field headers table<string, string>? besides the stream's own, or in their place
---@field json any? the body, as JSON
---@field form table<string, any>? the body, as a form
---@field body string? the body, as it is
---@field idempotent boolean? the server does nothing more where it comes twice

---Fetches a page of records, which are not decoded. Raises when that fails.
---@async
---@param target string
---@param params? table<string, any>
---@param records? string where the array is in the answer
---@return page page
---@return response response
function own_context:page(target, params, records) end

---Sends a record, a list of them or a page, whole or not at all.
---@param records table|page
function own_context:emit(records) end

---Writes a state: what was emitted until now is covered by it.
---@param state table
function own_context:checkpoint(state) end

---Writes a line into the log.
---@param level "INFO"|"WARN"
---@param message string
function own_context:log(level, message) end
