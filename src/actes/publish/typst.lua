-- Write a chapter, or what is around the chapters, as Typst's markup.
--
-- In: a neutral chapter and a JSON context (`actes-context`), its `chapter`; or the metadata of an article alone, or
-- nothing, and the `book`. pdf.py makes them.
-- Out: JSON, in the metadata `actes`. Of a chapter: the `markup`, what it `refused` ({kind, detail}…), whether code was
-- `folded`, and, for pdf_links.py, its `ids`, the `title` among them, its `links` ({target, page}…) and its `images`.
-- Of a book: the `head`, each of the `parts`, and what was `refused`.
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
local function chapter_head(entry, meta, title)
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

-- The abstract in other languages: what a chapter begins with, in another language. Its first words, when they are
-- strong, are set as those of the abstract are.
local function translations(body)
  local written = {}
  while body[1] and body[1].tag == 'Div' and body[1].attributes.lang do
    local div = body:remove(1)
    local first = div.content[1] and div.content[1].content
    if pandoc.utils.type(first) == 'Inlines' and first[1] and first[1].tag == 'Strong' then
      first[1] = pandoc.RawInline('typst', '#run-in' .. bracketed(inlines(first[1].content)))
    end
    table.insert(written, bracketed(contained({ div })))
  end
  return #written > 0 and array(written) or nil
end

local function has_title(body)
  return body[1] and body[1].tag == 'Header' and body[1].level == 1
end

-- The project file's texts are markdown; what a filter did for chapters is not done for them.
local function from_markdown(value)
  return pandoc.utils.blocks_to_inlines(pandoc.read(value, 'markdown-raw_html').blocks)
end

local function chapter(doc, entry)
  at.slug, at.level_offset = entry.slug, entry.in_part and 1 or 0
  at.level_above = 1 + at.level_offset
  local body, title = doc.blocks, pandoc.Inlines({ pandoc.Str(entry.title) })
  local has_own = has_title(body)
  local title_id = has_own and body[1].identifier or nil
  local ids = elements.links.collect(body)
  if has_own then title = body:remove(1).content end
  elements.settle_tables(body)
  elements.keep_together(body)
  local named = chapter_head(entry, doc.meta, title)
  named.translations = translations(body)
  local source = {}
  for _, line in ipairs(entry.source) do table.insert(source, bracketed(inlines(from_markdown(line)))) end
  if #source > 0 then named.source = array(source) end
  local whole = call('chapter', named, {}, '\n' .. blocks(body) .. '\n')
  local lang = doc.meta.lang and stringify(doc.meta.lang)
  if lang and lang ~= entry.tag then whole = in_language(lang, '\n' .. whole .. '\n') end
  return {
    markup = whole, refused = at.refused, folded = at.folded, images = at.images,
    ids = ids, title = title_id, links = elements.links.met,
  }
end

local function imprint(data)
  local named = { folded = 'folded', lines = {} }
  for _, line in ipairs(data.lines) do table.insert(named.lines, bracketed(inlines(from_markdown(line)))) end
  named.lines = array(named.lines)
  for _, key in ipairs({ 'year', 'publisher', 'doi' }) do
    named[key] = data[key] ~= '' and quoted(data[key]) or 'none'
  end
  named.description = data.description ~= '' and bracketed(blocks(pandoc.read(data.description, 'markdown-raw_html').blocks))
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
local function article_head(book, meta)
  return '#import "/' .. book.theme .. '/book.typ": *\n' .. call('show: article.with', {
    plain = quoted(book.article), authors = authors(meta.author), keywords = strings(meta.keywords), day = book.day,
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

local function around(book, meta)
  local parts = {}
  for _, title in ipairs(book.parts) do table.insert(parts, '#part' .. bracketed(inlines(from_markdown(title)))) end
  local head = book.article ~= '' and article_head(book, meta) or book_head(book)
  return { head = head, parts = parts, refused = at.refused }
end

function Pandoc(doc)
  local context = pandoc.json.decode(stringify(doc.meta['actes-context']), false)
  local answer = context.chapter and chapter(doc, context.chapter) or around(context.book, doc.meta)
  return pandoc.Pandoc({}, { actes = pandoc.json.encode(answer) })
end
