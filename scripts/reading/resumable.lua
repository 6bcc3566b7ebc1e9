-- Whether a full read of a stream goes on where it was cut: apart from those who read, so that a description needs none of
-- them.

---Does a full read that was cut ask for the rest alone, from its last state? A list without an order is asked for whole, though
---what went out is not sent again, and one whose pages are numbered is begun anew: by then a number means other rows.
---@param stream stream
---@return boolean
return function(stream)
  if stream.read or stream.parent then return false end -- they keep no state of a full read
  if stream.cursor and stream.cursor.slice then return true end -- slice by slice
  local ordered = stream.cursor and #stream.cursor.ordered_by > 0
  return stream.single or stream.api.file or ordered and not stream.api.numbered or false
end
