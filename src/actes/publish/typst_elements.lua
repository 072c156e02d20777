-- Write each element of a neutral document as a call to Typst or to theme/typst/.
--
-- In: pandoc elements. Out: Typst markup; what can't be printed is noted in `at.refused`.
-- Only here: what each element becomes.

local function load_part(name, ...)
  return assert(loadfile(pandoc.path.join({ pandoc.path.directory(PANDOC_SCRIPT_FILE), name })))(...)
end

local syntax = load_part('typst_syntax.lua')
local links = load_part('typst_links.lua')
local text, quoted, bracketed, array = syntax.text, syntax.quoted, syntax.bracketed, syntax.array
local dictionary, call, in_language = syntax.dictionary, syntax.call, syntax.in_language
local stringify = pandoc.utils.stringify

-- Where the writing is.
local at = {
  slug = '',            -- of the chapter; around them, none
  level_above = 1,      -- level of the last heading: PDF/UA refuses a skipped one
  level_offset = 0,     -- 1 inside a part, whose own page is a level 1
  containers = 0,       -- depth of blocks that cannot hold a page break
  deferred = nil,       -- notes and anchors of the title being written
  folded = false,       -- was some code left out?
  images = {},          -- files
  refused = {},
}

local function refuse(kind, detail)
  table.insert(at.refused, { kind = kind, detail = detail })
end

local function label_of(id)
  local name = links.label(at.slug, id)
  return name and 'label(' .. quoted(name) .. ')'
end

-- A title is copied into the contents; what may not be there twice waits for the end of the title.
local function once(written)
  if not at.deferred then return written end
  table.insert(at.deferred, written)
  return ''
end

-- Somewhere to land, for what has no visible element of its own that could carry a label.
local function anchor(id)
  local label = label_of(id)
  return label and once('#anchor(' .. label .. ')') or ''
end

-- Inlines ----------------------------------------------------------------------------------------

local inlines, blocks
local inline, block = {}, {}

-- Blocks inside another: no page break there.
local function contained(list)
  at.containers = at.containers + 1
  local body = blocks(list)
  at.containers = at.containers - 1
  return body
end

local function around(name)
  return function(el) return '#' .. name .. bracketed(inlines(el.content)) end
end

local function image(el)
  local alt = el.attributes.alt or stringify(el.caption)
  if alt:match('^%s*$') then refuse('image-alt', el.src) end
  table.insert(at.images, el.src)
  local named = { alt = quoted(alt) }
  for _, side in ipairs({ 'width', 'height' }) do
    local value = el.attributes[side]
    named[side] = value and syntax.length(value)
  end
  return named, quoted('/' .. el.src)
end

local function math_markup(el)
  local written = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ el }) }), 'typst')
  -- pandoc writes \! and \; as whole ems
  written = written:gsub('%s+$', ''):gsub('#h%(%-1em%)', '#h(-0.167em)'):gsub('#h%(0em%)', '#h(0.278em)')
  -- pandoc writes what it can't read as plain text
  if not written:match('^%$.*%$$') then refuse('math', el.text) end
  return written
end

local function equation(el, math)
  local alt = el.attributes.alt or math.text:gsub('^%s+', ''):gsub('%s+$', '')
  local named = { alt = quoted(alt) }
  if el.attributes.number then named.number = quoted(el.attributes.number) end
  local label = label_of(el.identifier)
  if label then named.label = label end
  return call('equation', named, {}, math_markup(math))
end

function inline.Str(el) return text(syntax.breakable(el.text)) end
function inline.Space() return ' ' end
function inline.SoftBreak() return '\n' end
function inline.LineBreak() return '#linebreak()' end
inline.Emph = around('emph')
inline.Strong = around('strong')
inline.Underline = around('underline')
inline.Strikeout = around('strike')
inline.Superscript = around('super')
inline.Subscript = around('sub')
inline.SmallCaps = around('smallcaps')
function inline.Cite(el) return inlines(el.content) end

function inline.Quoted(el)
  return call('quoted', { double = tostring(el.quotetype == 'DoubleQuote') }, {}, inlines(el.content))
end

function inline.Code(el)
  return anchor(el.identifier) .. '#raw(' .. quoted(syntax.breakable(el.text)) .. ')'
end

function inline.Math(el)
  if el.mathtype == 'DisplayMath' then return equation(pandoc.Span({}), el) end
  return call('formula', { alt = quoted(el.text) }, {}, math_markup(el))
end

function inline.RawInline(el)
  if el.format == 'typst' then return el.text end
  refuse('raw', el.format)
  return ''
end

function inline.Link(el)
  local body = anchor(el.identifier) .. inlines(el.content)
  -- Around the chapters, a link leads out of the book.
  local place = at.slug == '' and quoted(el.target) or links.destination(el.target, el.attributes.page)
  return '#link(' .. place .. ')' .. bracketed(body)
end

function inline.Image(el)
  local named, source = image(el)
  return anchor(el.identifier) .. call('inline-image', named, { source })
end

function inline.Note(el)
  local deferred = at.deferred
  at.deferred = nil
  local written = '#footnote' .. bracketed(contained(el.content))
  at.deferred = deferred
  return once(written)
end

function inline.Span(el)
  if el.classes:includes('equation') then
    local found
    el:walk({ Math = function(math) found = math end })
    if found then return equation(el, found) end
  end
  local body = inlines(el.content)
  if el.attributes.lang then body = in_language(el.attributes.lang, body) end
  for _, class in ipairs({ 'smallcaps', 'underline', 'kbd' }) do
    if el.classes:includes(class) then body = '#' .. class .. bracketed(body) end
  end
  return anchor(el.identifier) .. body
end

function inlines(list)
  local written = {}
  for _, el in ipairs(list) do table.insert(written, inline[el.tag](el)) end
  return table.concat(written)
end

-- Blocks -----------------------------------------------------------------------------------------

local function items(list)
  local written = {}
  for _, item in ipairs(list) do table.insert(written, bracketed(contained(item))) end
  return written
end

local function is_tight(list)
  for _, item in ipairs(list) do
    if item[1] and item[1].tag == 'Para' then return 'false' end
  end
  return 'true'
end

function block.Plain(el) return inlines(el.content) end
function block.Para(el) return inlines(el.content) end
function block.HorizontalRule() return '#ornament()' end
function block.BlockQuote(el) return '#quotation' .. bracketed(contained(el.content)) end

function block.LineBlock(el)
  local lines = {}
  for _, line in ipairs(el.content) do table.insert(lines, inlines(line)) end
  return '#verse' .. bracketed(table.concat(lines, '#linebreak()\n'))
end

-- A title, and what follows it on its own page only.
local function title_inlines(list)
  at.deferred = {}
  local body = inlines(list)
  local after = table.concat(at.deferred)
  at.deferred = nil
  return bracketed(body), bracketed(after)
end

-- Section headings; the chapter's own comes with `#chapter`.
function block.Header(el)
  local body, after = title_inlines(el.content)
  at.level_above = math.min(el.level + at.level_offset, at.level_above + 1)
  local named = { level = tostring(at.level_above), depth = tostring(el.level), after = after }
  if el.attributes.number then named.number = quoted(el.attributes.number) end
  local label = label_of(el.identifier)
  if label then named.label = label end
  if el.classes:includes('unlisted') then named.listed = 'false' end
  return call('section', named, { body })
end

local function code(text_, classes, attributes)
  local named, filename = {}, attributes.filename
  if classes[1] and classes[1] ~= 'numberLines' then named.lang = quoted(classes[1]) end
  if classes:includes('numberLines') then named.first = attributes.startFrom or '1' end
  if filename then named.filename = quoted(filename) end
  return call('code', named, { quoted(text_) })
end

function block.CodeBlock(el)
  return anchor(el.identifier) .. code(el.text, el.classes, el.attributes)
end

function block.RawBlock(el) return inline.RawInline(el) end

local TASKS = { ['☐'] = 'false', ['☒'] = 'true' }

local function task(item)
  local first = item[1] and item[1].content and item[1].content[1]
  return first and first.tag == 'Str' and TASKS[first.text]
end

function block.BulletList(el)
  local tasks = {}
  for _, item in ipairs(el.content) do
    local done = task(item)
    if not done then return call('list', { tight = is_tight(el.content) }, items(el.content)) end
    item[1].content:remove(1)
    table.insert(tasks, '(done: ' .. done .. ', body: ' .. bracketed(contained(item)) .. ')')
  end
  return call('tasks', {}, tasks)
end

local NUMERALS = { Decimal = '1', DefaultStyle = '1', Example = '1', LowerAlpha = 'a', UpperAlpha = 'A',
  LowerRoman = 'i', UpperRoman = 'I' }
local DELIMITERS = { OneParen = '%s)', TwoParens = '(%s)' }

function block.OrderedList(el)
  local pattern = (DELIMITERS[el.delimiter] or '%s.'):format(NUMERALS[el.style] or '1')
  local named = { tight = is_tight(el.content), start = tostring(el.start), numbering = quoted(pattern) }
  return call('enum', named, items(el.content))
end

function block.DefinitionList(el)
  local entries = {}
  for _, item in ipairs(el.content) do
    local meanings = items(item[2])
    table.insert(entries, '(term: ' .. bracketed(inlines(item[1])) .. ', meanings: ' .. array(meanings) .. ')')
  end
  return call('definitions', {}, entries)
end

-- Figures and tables -----------------------------------------------------------------------------

local function caption(el)
  local named = {}
  local long = el.caption.long
  if #long > 0 then named.caption = bracketed(contained(long)) end
  if el.attributes.number then
    named.supplement = bracketed(text(el.attributes.label .. '\u{a0}' .. el.attributes.number))
  end
  local label = label_of(el.identifier)
  if label then named.label = label end
  return named
end

function block.Figure(el)
  local named = caption(el)
  if el.classes:includes('listing') then return call('listing', named, {}, contained(el.content)) end
  if el.attributes.part or el.classes:includes('subfloats') then named.stays = 'true' end
  local only = #el.content == 1 and el.content[1].content
  local picture = only and #only == 1 and only[1].tag == 'Image' and only[1]
  -- PDF/UA asks for an alternative text unless a figure holds a paragraph: a line of text alone is none.
  local is_text = only and (el.content[1].tag == 'Para' or el.content[1].tag == 'Plain')
  if not picture then return call('float', named, {}, contained(el.content) .. (is_text and '#parbreak()' or '')) end
  local options, source = image(picture)
  return call('float', named, {}, call('picture', options, { source }))
end

local tables = load_part('typst_tables.lua', syntax, contained)

function block.Table(el)
  local named = caption(el)
  named.contained = tostring(at.containers > 0)
  return tables.call(el, named)
end

-- Divs -------------------------------------------------------------------------------------------

local div = {}

function div.callout(el)
  local kind = 'note'
  for _, name in ipairs({ 'note', 'tip', 'important', 'warning', 'caution' }) do
    if el.classes:includes(name) then kind = name end
  end
  local named = { kind = quoted(kind), title = quoted(el.attributes.title or '') }
  named.appearance = quoted(el.attributes.appearance or 'default')
  return call('callout', named, {}, contained(el.content))
end

-- Blocks side by side, each as wide as it is said to be.
div['layout-row'] = function(el)
  local widths, cells = {}, {}
  for _, cell in ipairs(el.content) do
    local width = cell.t == 'Div' and tonumber(cell.attributes.width)
    table.insert(widths, width and ('%gfr'):format(width) or '1fr')
    table.insert(cells, bracketed(contained(cell.t == 'Div' and cell.content or { cell })))
  end
  return call('side-by-side', { widths = array(widths) }, cells)
end

function div.theorem(el)
  local is_plain = el.classes:includes('proof') or el.classes:includes('remark') or el.classes:includes('solution')
  return call('theorem', { plain = tostring(is_plain) }, {}, contained(el.content))
end

function div.tabset(el) return blocks(el.content) end

function div.tab(el)
  return call('tab', { title = quoted(el.attributes.title or '') }, {}, contained(el.content))
end

-- Folded code stays folded on paper: left out, and the verso of the cover says so.
div['code-fold'] = function(el)
  if el.attributes.open == 'true' then return blocks(el.content) end
  at.folded = true
  return ''
end

div['cell-output'] = function(el) return '#cell-output' .. bracketed(contained(el.content)) end

function div.pagebreak()
  if at.containers > 0 then refuse('pagebreak', '') end
  return '#pagebreak(weak: true)'
end

-- What announces a list stays with it.
div['lead-in'] = function(el)
  return call('lead-in', { indented = el.attributes.indented }, {}, blocks(el.content))
end

div['csl-entry'] = function(el) return '#reference' .. bracketed(blocks(el.content)) end

function block.Div(el)
  local written
  for _, class in ipairs(el.classes) do
    if div[class] then written = div[class](el) break end
  end
  written = written or blocks(el.content)
  if el.attributes.lang then written = in_language(el.attributes.lang, '\n' .. written .. '\n') end
  local mark = anchor(el.identifier)
  return mark == '' and written or mark .. '\n' .. written
end

function blocks(list)
  local written = {}
  for _, el in ipairs(list) do
    local one = block[el.tag](el)
    if one ~= '' then table.insert(written, one) end
  end
  return table.concat(written, '\n\n')
end

return {
  at = at, syntax = syntax, links = links, inlines = inlines, blocks = blocks, contained = contained,
  title_inlines = title_inlines, settle_tables = tables.settle,
  keep_together = load_part('typst_flow.lua').keep_together,
}
