-- Keep together, across pages, what is read together.
--
-- In: the blocks of a chapter. Out: the same, where what announces a list is a Div `lead-in`, and where a list asks
-- for the figures and tables that still wait for a page: they would come between its items.
-- Only here: what a list begins with.

local stringify = pandoc.utils.stringify

local LISTS = { BulletList = true, OrderedList = true, DefinitionList = true }

local function announces(el)
  return el and el.tag == 'Para' and stringify(el):match(':%s*$')
end

local function lead_in(body, position)
  local follows = body[position - 1] and body[position - 1].tag == 'Para'
  return pandoc.Div({ body[position] }, { class = 'lead-in', indented = tostring(follows or false) })
end

local function keep_together(body)
  for position = #body, 1, -1 do
    if LISTS[body[position].tag] then
      local start = position
      if announces(body[start - 1]) then
        start = start - 1
        body[start] = lead_in(body, start)
      end
      while body[start - 1] and body[start - 1].tag == 'Header' do start = start - 1 end
      body:insert(start, pandoc.RawBlock('typst', '#place.flush()'))
    end
  end
end

return { keep_together = keep_together }
