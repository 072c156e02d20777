-- Write annotations of code (`# <1>` at the end of a line, then a numbered list) so that every format
-- shows them: the mark becomes `# (1)`, and the list stays with its code. Marks without a list are reported.

-- Comments of most languages: `# <1>`, `// <1>`, `-- <1>`, `/* <1> */`, `<!-- <1> -->`.
local MARK = '^(.-[#/%%;*%-]+ *)<(%d+)>( *[*%-]*[/>]?) *$'

local function lines_of(text) return (text .. '\n'):gmatch('([^\n]*)\n') end

local function first_mark(code)
  if #code.classes == 0 or not code.text:find('<%d+>') then return nil end
  for line in lines_of(code.text) do
    local _, number = line:match(MARK)
    if number then return '<' .. number .. '>' end
  end
end

local function with_plain_marks(code)
  local lines = {}
  for line in lines_of(code.text) do
    local before, number, after = line:match(MARK)
    lines[#lines + 1] = number and before .. '(' .. number .. ')' .. after or line
  end
  code.text = table.concat(lines, '\n')
  return code
end

-- The code of a block: itself, or what is folded in it.
local function code_in(block)
  if block.t == 'CodeBlock' then return block end
  if block.t == 'Div' and block.classes:includes('code-fold') then return block.content[1] end
end

local function annotate(blocks, report)
  local result, position = pandoc.Blocks({}), 1
  while position <= #blocks do
    local block, list = blocks[position], blocks[position + 1]
    local code = code_in(block)
    local mark = code and code.t == 'CodeBlock' and first_mark(code)
    if mark and list and list.t == 'OrderedList' then
      code = with_plain_marks(code)
      if block.t == 'Div' then
        block.content = { code, list }
        result:insert(block)
      else
        result:extend({ code, list })
      end
      position = position + 1
    else
      if mark then report('annotation', mark) end
      result:insert(block)
    end
    position = position + 1
  end
  return result
end

return function(doc, context, report)
  if not context.was_read('CodeBlock') then return doc end
  local has_marks = false
  doc:walk({ CodeBlock = function(code) has_marks = has_marks or first_mark(code) ~= nil end })
  if not has_marks then return doc end
  return doc:walk({ Blocks = function(blocks) return annotate(blocks, report) end })
end
