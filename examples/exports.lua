-- Rows of an export: an API that is asked to make one, says how far it is, and then has it at an address.
-- Put the API's address into `base`. A stream with a `read` of its own, as its first request has to send something.
local clock = require "clock"
local tasks = require "tasks"

local LONGEST = 600 -- seconds: an export that takes longer has failed

return {
  name = "exports",
  base = "https://api.example.com/",
  auth = { Authorization = "Bearer {secrets.exports}" },
  primary_key = "id",

  read = function(context)
    -- Two exports do no harm, so the request may be sent again where it fails.
    local job = context:request { method = "POST", path = "exports", json = { report = "days" }, idempotent = true }
    local path, since = ("exports/%d"):format(job.id), clock.now()
    repeat
      tasks.sleep(1)
      job = context:get(path)
      if clock.now() - since > LONGEST * 1000000 then error(("the export %d is still %s"):format(job.id, job.status)) end
    until job.status == "done"
    context:emit((context:page(path .. "/rows")))
  end,
}
