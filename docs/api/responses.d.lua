---@meta responses

---Responses that several reads of one run need alike, such as pages of the parents of many child streams. One of them fetches such a
---response, the others are given its bytes, for ten minutes. For streams that perigee ships; a stream of your own has a process of
---its own, and shares nothing.
---@class responses
local responses = {}

---The right, and the duty, to fetch a response for all.
---@class response_lead
local lead = {}

---Others may have this response, which must be good. Where it came, in the order of requests and responses; nil: it cannot be kept.
---@param response response whose body is whole, and there
---@return integer? place
function lead:put(response) end

---Nothing more comes of it: whoever waits asks the server. To be called in any case.
function lead:close() end

---A response of this name that was requested after a place in their order (0: any), and where it came. Waits where another reader
---is fetching it. Where there is none: nil, nil, and the lead, for whoever asked is to fetch it now; or nothing at all, and it asks
---for itself alone.
---@param name string that tells the request from all others
---@param after integer
---@return response? response
---@return integer? place
---@return response_lead? lead
function responses.take(name, after) end

return responses
