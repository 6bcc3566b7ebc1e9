-- Orders of a shop that speaks GraphQL: a POST of a query, whose variables say where a page begins.
-- Put its address into `base`, and the token into the configuration's `secrets`, under the name orders, for its host.
local QUERY = [[
query ($page: Page!) {
  orders(page: $page) {
    nodes { id total }
    pageInfo { hasNextPage endCursor }
  }
}]]

return {
  name = "orders",
  base = "https://api.example.com/",
  auth = { Authorization = "Bearer {secrets.orders}" },
  path = "graphql",
  method = "POST",
  -- "{size}" and "{cursor}" stand for what page_size and paging say; the first page has no cursor, and is sent without one.
  body = { query = QUERY, variables = { page = { first = "{size}", after = "{cursor}" } } },
  page_size = { ["{size}"] = 50 },
  records = "data.orders.nodes",
  paging = { cursor = "{cursor}", next = "data.orders.pageInfo.endCursor", more = "data.orders.pageInfo.hasNextPage" },
  primary_key = "id",
}
