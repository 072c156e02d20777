-- Write neutral chapters as the markup of one Typst book.
--
-- In: one pandoc document whose metadata hold everything (pdf.py makes it): `book`, and `matter`, the parts
-- and chapters in reading order, each chapter with its neutral `meta` and `body`.
-- Out: JSON, `{"typst": markup, "refused": [{kind, chapter, detail}…]}`; pdf.py puts words on refusals.
-- Only here: chapters, parts, front matter. Elements are in typst_elements.lua, looks in theme/typst/.

local elements = dofile(pandoc.path.join({ pandoc.path.directory(PANDOC_SCRIPT_FILE), 'typst_elements.lua' }))
local at, inlines, blocks, contained = elements.at, elements.inlines, elements.blocks, elements.contained
local syntax = elements.syntax
local text, quoted, bracketed, array = syntax.text, syntax.quoted, syntax.bracketed, syntax.array
local dictionary, call, in_language = syntax.dictionary, syntax.call, syntax.in_language
local stringify = pandoc.utils.stringify

local function as_inlines(value)
  local kind = pandoc.utils.type(value)
  if kind == 'Inlines' then return value end
  if kind == 'Blocks' then return pandoc.utils.blocks_to_inlines(value) end
  return pandoc.Inlines({ pandoc.Str(stringify(value)) })
end

local function as_blocks(value)
  return pandoc.utils.type(value) == 'Blocks' and value or pandoc.Blocks({ pandoc.Plain(as_inlines(value)) })
end

local function is_empty(value)
  return value == nil or stringify(value) == ''
end

local function strings(list)
  local written = {}
  for _, one in ipairs(list or {}) do table.insert(written, quoted(stringify(one))) end
  return array(written)
end

local function author(one)
  local named, affiliations = { name = quoted(stringify(one.name or '')) }, {}
  for _, key in ipairs({ 'orcid', 'email', 'url' }) do
    if not is_empty(one[key]) then named[key] = quoted(stringify(one[key])) end
  end
  for _, each in ipairs(one.affiliations or {}) do
    table.insert(affiliations, bracketed(inlines(as_inlines(each))))
  end
  named.affiliations = array(affiliations)
  if not is_empty(one.note) then named.note = bracketed(inlines(as_inlines(one.note))) end
  return dictionary(named)
end

local function authors(list)
  local written = {}
  for _, one in ipairs(list or {}) do table.insert(written, author(one)) end
  return array(written)
end

local function without_notes(list)
  return list:walk({ Note = function() return {} end })
end

-- Arguments of `#chapter`: what its opening page shows.
local function chapter_head(entry, title)
  local meta = entry.meta
  local body, after = elements.title_inlines(title)
  local named = {
    kind = quoted(entry.kind), title = body, after = after, plain = quoted(stringify(without_notes(title))),
    authors = authors(meta.author), keywords = strings(meta.keywords), level = tostring(1 + at.level_offset),
    label = 'label(' .. quoted(at.slug) .. ')',
  }
  if entry.number ~= '' then named.number = quoted(entry.number) end
  if not is_empty(meta.subtitle) then named.subtitle = bracketed(inlines(as_inlines(meta.subtitle))) end
  if not is_empty(meta.abstract) then named.abstract = bracketed(contained(as_blocks(meta.abstract))) end
  if not is_empty(meta.date) then named.date = bracketed(inlines(as_inlines(meta.date))) end
  return named
end

local function has_title(body)
  return body[1] and body[1].tag == 'Header' and body[1].level == 1
end

-- The project file's texts are markdown; what a filter did for chapters is not done for them.
local function from_markdown(value)
  return pandoc.utils.blocks_to_inlines(pandoc.read(value, 'markdown-raw_html').blocks)
end

local function chapter(entry, book)
  at.slug, at.level_offset = entry.slug, entry.in_part and 1 or 0
  at.level_above = 1 + at.level_offset
  local body, title = entry.body, pandoc.Inlines({ pandoc.Str(entry.title) })
  if has_title(body) then title = body:remove(1).content end
  elements.settle_tables(body)
  local named = chapter_head(entry, title)
  local source = {}
  for _, line in ipairs(book.source) do table.insert(source, bracketed(inlines(from_markdown(line)))) end
  if #source > 0 then named.source = array(source) end
  local whole = call('chapter', named, {}, '\n' .. blocks(body) .. '\n')
  local lang = entry.meta.lang and stringify(entry.meta.lang)
  if lang and lang ~= book.tag then whole = in_language(lang, '\n' .. whole .. '\n') end
  return '// chapter: ' .. at.slug .. '\n' .. whole
end

local function imprint(data)
  local named = { folded = tostring(at.folded), lines = {} }
  for _, line in ipairs(data.lines) do table.insert(named.lines, bracketed(inlines(from_markdown(line)))) end
  named.lines = array(named.lines)
  for _, key in ipairs({ 'year', 'publisher', 'doi' }) do
    named[key] = data[key] ~= '' and quoted(data[key]) or 'none'
  end
  named.description = data.description ~= '' and bracketed(blocks(pandoc.read(data.description, 'markdown').blocks))
    or 'none'
  return dictionary(named)
end

-- PDF/UA has no link in what is repeated on every page: its words stay.
local function foot(book)
  local sides = {}
  for _, side in ipairs(book.footer) do
    local words = from_markdown(side):walk({ Link = function(link) return link.content end })
    table.insert(sides, side == '' and 'none' or bracketed(inlines(words)))
  end
  return array(sides)
end

-- An article alone: no cover, no contents; what it is taken from.
local function article_head(book, entry)
  return '#import "/' .. book.theme .. '/book.typ": *\n' .. call('show: article.with', {
    plain = quoted(book.article), authors = authors(entry.meta.author), keywords = strings(entry.meta.keywords),
    day = book.day,
  })
end

local function book_head(book)
  local title = from_markdown(book.title)
  local named = {}
  named.title, named.plain = bracketed(inlines(title)), quoted(stringify(title))
  named.authors, named.keywords = authors(book.authors), strings(book.keywords)
  named.date, named.day, named.foot = bracketed(text(book.date)), book.day, foot(book)
  named.summary = quoted(stringify(from_markdown(book.imprint.description)))
  named['imprint-data'] = imprint(book.imprint)
  if book.subtitle ~= '' then named.subtitle = bracketed(inlines(from_markdown(book.subtitle))) end
  if book.cover ~= '' then
    named['cover-image'], named['cover-alt'] = quoted(book.cover), quoted(book.cover_alt)
  end
  return '#import "/' .. book.theme .. '/book.typ": *\n' .. call('show: book.with', named)
end

function Writer(doc)
  at.build_dir = doc.meta.build_dir
  for _, entry in ipairs(doc.meta.matter) do
    if entry.body then
      elements.links.collect(entry.slug, entry.body, has_title(entry.body) and entry.body[1].identifier)
    end
  end
  local is_article = doc.meta.book.article ~= ''
  local written, is_front = {}, not is_article
  for _, entry in ipairs(doc.meta.matter) do
    if is_front and not entry.is_front then
      is_front = false
      table.insert(written, '#show: body-matter')
    end
    table.insert(written, entry.body and chapter(entry, doc.meta.book)
      or '#part' .. bracketed(inlines(from_markdown(entry.part_title))))
  end
  at.slug = ''
  local head = is_article and article_head(doc.meta.book, doc.meta.matter[1]) or book_head(doc.meta.book)
  table.insert(written, 1, head)
  return pandoc.json.encode({ typst = table.concat(written, '\n\n') .. '\n', refused = at.refused })
end
