---@meta http

---Requests. They wait for their response; other streams and tasks go on meanwhile.
---@class http
local http = {}

---@alias http_code "dns"|"connect"|"tls"|"scheme"|"timeout"|"stall"|"cut"|"too_large"|"corrupt"|"redirect"|"proxy"|"refused"|"login"|"login_busy"|"replay"|"bodiless"|"failed"

---@class http_options
---@field query? table<string, string|number|boolean|(string|number)[]> in order of the names; a list repeats the parameter
---@field headers? table<string, string> handles of secrets in them are exchanged on the way out
---@field body? string
---@field auth? string JSON of where secrets stand besides headers, for the scripts of streams of one's own: query, basic, login
---@field once? boolean the server may do something for it, so it is not sent twice where a kept connection ends
---@field early? boolean return as soon as the headers are there; response:wait() then waits for the body
---@field stream? boolean return as soon as the headers are there, of a response of any size: response:rows reads its body while it
---comes. No more lies here than is taken
---@field framed? boolean nothing in the body tells where it ends, so a response that does not say how long it is fails
---@field endpoint? string what limits are counted by: the governor then says when the request goes out

---@async
---@param url string
---@param options? http_options
---@return response? response
---@return string? message
---@return http_code? code
---@nodiscard
function http.get(url, options) end

---@class http_request: http_options
---@field url string
---@field method? string GET

---@async
---@param request http_request
---@return response? response
---@return string? message
---@return http_code? code
---@nodiscard
function http.request(request) end

---By which headers an origin tells how fast it may be sent requests. Each may be several names, separated by `|`, of which the
---first that has a number counts; `NAME:key` is what stands behind `key=` in a header, as in `RateLimit: "default";r=50;t=30`.
---@param url string
---@param names {limit?: string, remaining?: string, reset?: string, concurrent_limit?: string}
function http.limits(url, names) end

---How many more requests to an endpoint may go out now, and how many at once at the most, as far as is known.
---@param url string
---@param endpoint string
---@param method? string default: GET
---@return integer slots
---@return integer max
function http.slots(url, endpoint, method) end

---Has the URL's origin given a good response (status 2xx) in this run?
---@param url string
---@return boolean
function http.answered(url) end

---The older name of http.slots.
---@param url string
---@param endpoint string
---@param method? string
---@return integer slots
---@return integer max
function http.room(url, endpoint, method) end

---How many logins were made for the responses that came, since it was asked last.
---@return integer
function http.logins() end

---For verbs: how many requests may be under way at once, over all endpoints.
---@param most integer
function http.workers(most) end

---For verbs: what is known of an origin's limits before its responses tell. Endpoints that do not count where this puts
---them are found out by what they answer.
---@param url string
---@param share number the part of each limit that is used, above 0 and up to 1
---@param own? string[] endpoints with limits of their own, in which * stands for one part between slashes; all others then
---count in one. 64 at the most
---@return true? told nil: it is no address
---@return string? message
---@return "no_address"? code
function http.share_limits(url, share, own) end

---For verbs: trusts further authorities, a file's path or PEM text.
---@param ca string
function http.trust(ca) end

---For verbs: a proxy's URL, or the handle of a secret that holds it.
---@param proxy string
---@return string? exempt the environment's NO_PROXY, which does not hold for it
function http.use_proxy(proxy) end

---For verbs: what the requests to the URL's origin wait for, of those under way the one that has come furthest.
---@param url string
---@return "nothing"|"name"|"connection"|"tls"|"response"|"body"
function http.waits_for(url) end

---@class response
---@field status integer
---@field url string where redirects led
---@field version "1.1"|"2"
---@field bytes integer of the body, as received
---@field ms integer from start to end
local response = {}

---The header of this name; where there are several, joined by ", " (RFC 9110, 5.3).
---@param name string
---@return string?
---@nodiscard
function response:header(name) end

---All headers, by their names as they came.
---@return table<string, string>
---@nodiscard
function response:headers() end

---The rows of a response that was requested with `stream`. What is gzip by its first bytes is taken apart.
---@param options {format: "ndjson"|"csv", delimiter: string?, columns: string[]?} of CSV: the delimiter, else a comma; columns that
---there must be
---@return rows? rows
---@return string? message
---@return string? code
---@nodiscard
function response:rows(options) end

---When the server sent it, by its own clock; by ours where it does not say.
---@return integer us since 1970
---@nodiscard
function response:date() end

---What it says of limits, by the headers that http.limits named, and by Retry-After; what it does not say is nil.
---@return {limit?: integer, remaining?: integer, reset?: integer, concurrent_limit?: integer, seconds?: number, retry_after?: number, limited?: true}
---seconds: until the window ends; retry_after: in which a request that was refused would be refused again; limited: it was
---refused because it was too much
---@nodiscard
function response:limits() end

---Waits until the body is whole, where it came early; else returns at once.
---@async
---@return response? response
---@return string? message
---@return http_code? code
---@nodiscard
function response:wait() end

---The body, inflated: all of it, or its first bytes. Of an error no more than 64 KiB came. A file that is gzip itself (`.gz`) comes
---packed; a stream of one's own finds no secret in that either, should it unpack it.
---@param limit? integer bytes
---@return string? text
---@return string? message
---@return http_code? code
---@nodiscard
function response:text(limit) end

---The body as a page of records.
---@param settings page_settings
---@return page? page
---@return string? message
---@return string? code malformed, not_rows, too_deep, too_large, too_many, memory, or one of http_code
---@nodiscard
function response:page(settings) end

---Keeps the body when its page is closed, to be looked at again.
---@return response
function response:keep() end

---A file's rows, while it comes.
---@class rows
local rows = {}

---The next page of rows; it has fewer than `most` at the end, or where they are more than 8 MiB.
---@async
---@param settings page_settings
---@param most integer
---@return page? page
---@return boolean|string more rows follow; or what is wrong
---@return string? code
---@nodiscard
function rows:page(settings, most) end

---Leaves rows out, that count as taken.
---@async
---@param count integer
---@return boolean? there nil: what is wrong follows; false: the file has fewer
---@return string? message
---@return string? code
---@nodiscard
function rows:pass_over(count) end

---@return integer count of rows that were taken so far
---@return string hash of them
---@nodiscard
function rows:place() end

---No more of the response is wanted.
function rows:close() end

return http
