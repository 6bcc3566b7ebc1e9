--- The shell's text that a platform runs in each connector's container, in the shape of Airbyte's: the command in the
--- background by `eval`, beside it a watch for the file that ends it, and at the end the exit status in a file, by mv.
local wrapper = {}

local SHAPE = [[
if [ -z "$AIRBYTE_ENTRYPOINT" ]; then
  echo "there is no AIRBYTE_ENTRYPOINT"
  exit 127
fi
echo "connector: $AIRBYTE_ENTRYPOINT"
(%s) &
CONNECTOR=$!
(while true; do if [ -f TERMINATE ]; then kill $CONNECTOR; exit 0; fi; sleep 1; done) &
echo $! >watcher
wait $CONNECTOR
STATUS=$?
echo $STATUS >status.new
mv status.new exit_status
touch ended
exit $STATUS
]]

--- `check`, `discover` or `spec`, whose output goes to a file.
---@param words string
---@return string text
function wrapper.operation(words)
  return SHAPE:format(('eval "$AIRBYTE_ENTRYPOINT %s" >/config/output'):format(words))
end

--- `read`, whose output and errors go to named pipes.
---@param redirections string? further ones
---@return string text
function wrapper.source(redirections)
  local command = [[
    if [ ! -f /source/state.json ]; then
      eval "$AIRBYTE_ENTRYPOINT read --config /source/config.json --catalog /source/catalog.json" 2>errors >output %s
    else
      eval "$AIRBYTE_ENTRYPOINT read --config /source/config.json --catalog /source/catalog.json --state /source/state.json" \
        2>errors >output %s
    fi]]
  redirections = redirections or ""
  return SHAPE:format(command:format(redirections, redirections))
end

return wrapper
