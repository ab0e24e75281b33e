import { GLOBAL_OPTIONS, type Command } from '../command.ts';
import { kindsOfWords, optionsOf, optionsWithValues, quoted, SERVICES, spellings, valuesOfOptions, type Kind } from './words.ts';

/** Works as a file _svc in fpath, too. */
export function zsh(commands: readonly Command[]): string {
  return `#compdef svc
# zsh completion of svc; in ~/.zshrc, after compinit: eval "$(svc completion zsh)"
_svc_services() {
  local -a names
  names=(${'${(f)"$("$svc" ${dir:+--dir} ${dir:+"$dir"}'} ${SERVICES} 2>/dev/null)"})
  compadd -a names
}
_svc() {
  local svc=$words[1] command= dir= word prev=$words[CURRENT-1]
  local -i i count=0
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ $word == -- ]]; then
      [[ $command == exec ]] || return
      words=("$${'{'}(@)words[i+1,-1]}")
      CURRENT=$((CURRENT - i))
      _normal
      return
    fi
    case $command:$word in
      *:--dir) i=$((i + 1)); dir=$words[i]; continue ;;
${optionsWithValues(commands, '|')}
      *:-*) continue ;;
    esac
    if [[ -z $command ]]; then command=$word; else count=$((count + 1)); fi
  done
  case $command:$prev in
${valuesOfOptions(commands, '|', act)}
  esac
  local -a found
  if [[ -z $command ]]; then
    if [[ $PREFIX == -* ]]; then
      found=(${Object.entries(GLOBAL_OPTIONS).map(([name, { sentence }]) => described(`--${name}`, sentence)).join(' ')})
    else
      found=(
${commands.map(({ name, sentence }) => `        ${described(name, sentence)}`).join('\n')}
      )
    fi
    _describe command found
    return
  fi
  if [[ $PREFIX == -* ]]; then
    case $command in
${commands.map((command) => `      ${command.name}) found=(${optionsOf(command)
    .flatMap(([name, option]) => spellings(name, option).map((spelling) => described(spelling, option.sentence))).join(' ')}) ;;`).join('\n')}
    esac
    _describe option found
    return
  fi
  case $command in
    help) compadd ${commands.map(({ name }) => name).join(' ')} ;;
${commands.map((command) => {
    const [first, later] = kindsOfWords(command);
    return `    ${command.name}) if ((count == 0)); then ${act(first)}; else ${act(later)}; fi ;;`;
  }).join('\n')}
  esac
}
if [[ $funcstack[1] == _svc ]]; then _svc "$@"; else compdef _svc svc; fi`;
}

/** A colon ends the word for _describe. */
const described = (word: string, sentence: string): string => quoted(`${word.replaceAll(':', String.raw`\:`)}:${sentence}`);

function act(kind: Kind): string {
  if (typeof kind === 'object') return `compadd ${kind.choices.map(quoted).join(' ')}`;
  return { services: '_svc_services', directories: '_files -/', files: '_files', nothing: ':' }[kind];
}
