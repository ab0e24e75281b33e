import type { Command } from '../command.ts';
import { GLOBAL_OPTIONS } from '../command.ts';
import { kindsOfWords, optionsOf, optionsWithValues, quoted, SERVICES, spellings, valuesOfOptions, type Kind } from './words.ts';

/** For bash 3.2 and later, without the package bash-completion. */
export function bash(commands: readonly Command[]): string {
  return `# bash completion of svc; in ~/.bashrc: eval "$(svc completion bash)"
_svc_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_svc_services() {
  local IFS=$'\n' name
  COMPREPLY=()
  for name in $("$svc" ${'${dir:+--dir} ${dir:+"$dir"}'} ${SERVICES} 2>/dev/null); do
    [[ $name != "$cur"* ]] || COMPREPLY+=("$(printf %q "$name")")
  done
}
_svc_directories() { local IFS=$'\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")); }
_svc_files() { local IFS=$'\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); }
_svc() {
  local svc=$1 cur=${'${COMP_WORDS[COMP_CWORD]}'} prev=${'${COMP_WORDS[COMP_CWORD-1]}'} command= dir= count=0 i word
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${'${COMP_WORDS[i]}'}
    if [[ $word == -- ]]; then
      [[ $command == exec ]] || return
      ((i + 1 == COMP_CWORD)) && COMPREPLY=($(compgen -c -- "$cur")) || _svc_files
      return
    fi
    case $command:$word in
      *:--dir) dir=${'${COMP_WORDS[++i]}'}; continue ;;
${optionsWithValues(commands, ' | ')}
      *:-*) continue ;;
    esac
    if [[ -z $command ]]; then command=$word; else count=$((count + 1)); fi
  done
  case $command:$prev in
${valuesOfOptions(commands, ' | ', act)}
  esac
  if [[ -z $command ]]; then
    if [[ $cur == -* ]]; then _svc_words ${quoted(Object.keys(GLOBAL_OPTIONS).map((name) => `--${name}`).join(' '))}
    else _svc_words ${quoted([...commands.map(({ name }) => name), 'help'].join(' '))}; fi
    return
  fi
  if [[ $cur == -* ]]; then
    case $command in
${commands.map((command) => `      ${command.name}) _svc_words ${optionWords(command)} ;;`).join('\n')}
    esac
    return
  fi
  case $command in
    help) _svc_words ${quoted(commands.map(({ name }) => name).join(' '))} ;;
${words(commands)}
  esac
}
complete -F _svc svc`;
}

const optionWords = (command: Command): string => quoted(optionsOf(command).flatMap(([name, option]) => spellings(name, option)).join(' '));

const act = (kind: Kind): string => (typeof kind === 'object' ? `_svc_words ${quoted(kind.choices.join(' '))}` : kind === 'nothing' ? ':' : `_svc_${kind}`);

function words(commands: readonly Command[]): string {
  return commands.map((command) => {
    const [first, later] = kindsOfWords(command);
    const same = JSON.stringify(first) === JSON.stringify(later);
    return `    ${command.name}) ${same ? act(first) : `if ((count == 0)); then ${act(first)}; else ${act(later)}; fi`} ;;`;
  }).join('\n');
}
