-- Give callouts, tabsets, code and images their neutral form; report the divs that are unknown.

local stringify = pandoc.utils.stringify

local CALLOUTS = { 'note', 'tip', 'important', 'warning', 'caution' }
local COSMETIC_IMAGE = { 'fig-align', 'fig-pos', 'fig-env', 'fig-scap', 'group', 'lightbox' }
local COSMETIC_CODE = { 'code-overflow', 'shortcodes', 'eval' }
local IMAGE_TYPES = { svg = true, png = true, jpg = true, jpeg = true, gif = true, webp = true }

-- What a title that is text alone cannot hold.
local NOT_IN_A_TITLE = { Note = '[^…]', Image = '![…](…)' }

-- The text of a title: a formula as it is read, "x²".
local function title_text(inlines, report)
  local function refuse(inline)
    if inline.t == 'Cite' then return report('title', '@' .. inline.citations[1].id) end
    report('title', NOT_IN_A_TITLE[inline.t], stringify(inlines))
  end
  local function read(math)
    local text = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ math }) }), 'plain'):gsub('%s+$', '')
    if text:match('^%$') then report('title', math.text, math.text) end
    return pandoc.Str(text)
  end
  return stringify(inlines:walk({ Cite = refuse, Note = refuse, Image = refuse, Math = read }))
end

local function markdown_title(text, report)
  local block = pandoc.read(text, 'markdown').blocks[1]
  return block and block.t == 'Para' and title_text(block.content, report) or text
end

local function split_at_headers(blocks)
  local level, before, sections = nil, pandoc.Blocks({}), {}
  for _, block in ipairs(blocks) do
    if block.t == 'Header' and (not level or block.level == level) then
      level = block.level
      sections[#sections + 1] = { header = block, content = pandoc.Blocks({}) }
    elseif #sections > 0 then
      sections[#sections].content:insert(block)
    else
      before:insert(block)
    end
  end
  return before, sections
end

local function callout(div, kind, words, report)
  local title = div.attributes.title and markdown_title(div.attributes.title, report)
  local content = div.content
  if content[1] and content[1].t == 'Header' then
    title = title or title_text(content[1].content, report)
    content:remove(1)
  end
  local collapse = div.attributes.collapse or ''
  return pandoc.Div(content, pandoc.Attr(div.identifier, { 'callout', kind }, {
    { 'title', (title and title ~= '') and title or words[kind] },
    { 'collapse', collapse },
    { 'appearance', div.attributes.appearance or 'default' },
  }))
end

local function tabset(div, report)
  local before, sections = split_at_headers(div.content)
  local tabs = pandoc.Blocks({})
  for _, section in ipairs(sections) do
    local attr = pandoc.Attr(section.header.identifier, { 'tab' },
      { { 'title', title_text(section.header.content, report) } })
    tabs:insert(pandoc.Div(section.content, attr))
  end
  local group = div.attributes.group
  before:insert(pandoc.Div(tabs, pandoc.Attr(div.identifier, { 'tabset' },
    group and { { 'group', group } } or {})))
  return before
end

local function div_filter(context, report)
  return function(div)
    for _, class in ipairs(div.classes) do
      local kind = class:match('^callout%-(%w+)$')
      if kind then
        if not pandoc.List(CALLOUTS):includes(kind) then
          report('div', class)
          return nil
        end
        return callout(div, kind, context.words, report)
      end
      if class == 'panel-tabset' then return tabset(div, report) end
      if class:match('^panel%-') or class == 'quarto-layout-panel' or class == 'magic-move' then
        report('div', class)
      end
      if class == 'code-fold' and div.attributes.summary == '' then
        div.attributes.summary = context.words.code
      end
    end
    return div
  end
end

-- A block of code folds as a cell does.
local function folded(block, words)
  local fold, summary = block.attributes['code-fold'], block.attributes['code-summary']
  block.attributes['code-fold'], block.attributes['code-summary'] = nil, nil
  if not fold or fold == 'false' then return block end
  return pandoc.Div({ block }, pandoc.Attr('', { 'code-fold' },
    { { 'summary', summary or words.code }, { 'open', tostring(fold == 'show') } }))
end

local function code_filter(context, report)
  return function(block)
    for _, key in ipairs(COSMETIC_CODE) do block.attributes[key] = nil end
    local asks = block.attributes['code-line-numbers']
    block.attributes['code-line-numbers'] = nil
    if (asks or '') == 'true' or (not asks and context.line_numbers and #block.classes > 0) then
      block.classes:insert('numberLines')
    elseif asks and asks ~= 'false' then
      report('attribute', 'code-line-numbers="' .. asks .. '"', 'code-line-numbers')
    end
    if not context.code_copy and #block.classes > 0 then block.classes:insert('no-copy') end
    return folded(block, context.words)
  end
end

-- Path, relative to the book, of what a chapter in `directory` calls `target`.
local function inside_book(target, directory)
  local parts = pandoc.List({})
  local full = target:match('^/') and target or (directory .. '/' .. target)
  for part in full:gmatch('[^/]+') do
    if part == '..' then
      if #parts == 0 then return nil end
      parts:remove()
    elseif part ~= '.' then
      parts:insert(part)
    end
  end
  return table.concat(parts, '/')
end

local function decoded(url)
  return (url:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function image_filter(context, report)
  return function(image)
    local target = decoded(image.src)
    if target:match('^[%a][%w+.-]*:') or target:match('^//') then
      -- A picture written in its own address: its kind says enough.
      report('remote', target:match('^data:[^;,]*') or target)
      return nil
    end
    for _, key in ipairs(COSMETIC_IMAGE) do image.attributes[key] = nil end
    local alt = image.attributes['fig-alt'] or image.attributes.alt
    if not alt or alt == '' then alt = stringify(image.caption) end
    image.attributes['fig-alt'] = nil
    image.attributes.alt = alt
    local path = inside_book(target, context.directory)
    if not path then
      report('outside', target)
    elseif not IMAGE_TYPES[(path:match('%.(%w+)$') or ''):lower()] then
      report('image-type', target)
    else
      local images = context.gathered.images
      images[#images + 1] = { path = path, target = target }
      image.src = path
    end
    local link = image.attributes['fig-link']
    image.attributes['fig-link'] = nil
    return link and pandoc.Link({ image }, link) or image
  end
end

-- `{python} n` in a sentence: Quarto would run it.
local function inline_code_filter(report)
  return function(code)
    local language = code.text:match('^{(%a+)}%s')
    if language then report('inline-code', '{' .. language .. '}', '`{' .. language .. '}') end
  end
end

return function(doc, context, report)
  context.inside_book, context.decoded = inside_book, decoded
  return doc:walk({
    Div = div_filter(context, report),
    CodeBlock = code_filter(context, report),
    Code = inline_code_filter(report),
    Image = image_filter(context, report),
  })
end
