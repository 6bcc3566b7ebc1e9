-- Documents of an index of Elasticsearch or OpenSearch, page by page with search_after.
-- Put its address into `base`, and user and password of a reader into `auth`, as the examples of docs/streams.md do.
return {
  name = "documents",
  base = "https://api.example.com/",
  path = "search", -- of a real one: INDEX/_search
  -- Where a page goes on are the values by which its last hit was sorted: they go out as they came, to the last digit.
  body = { size = "{size}", sort = { { place = "asc" }, { score = "desc" }, { id = "asc" } }, search_after = "{cursor}" },
  page_size = { ["{size}"] = 500 },
  records = "hits.hits",
  paging = { cursor = "{cursor}", last = "sort" },
  primary_key = "_id",
}
