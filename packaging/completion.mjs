// Completion for bash: words that may follow each command, from the same help pages as the manual.

/** `helps`: help of every command and subcommand. */
export function completion(helps) {
  const cases = helps.map(({ path, text }) => {
    const options = [...text.matchAll(/(?<=[ ,])(--[a-z][a-z-]*)/g)].map(([, option]) => option);
    const below = /^Commands:\n((?: {2}.*\n?)+)/m.exec(text)?.[1] ?? "";
    const words = [...below.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, word]) => word);
    return `    "${path.join(" ")}") words="${[...words, ...new Set(options)].join(" ")}" ;;`;
  });
  const names = helps.filter(({ path }) => path.length === 1).map(({ path }) => path[0]);
  return `# bash completion for solar-station; generated
_solar_station() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path=\${COMP_WORDS[0]##*/} words= next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="$path \${COMP_WORDS[i]}"
    case "$next" in
      ${helps
        .filter(({ path }) => path.length > 1)
        .map(({ path }) => `"${path.join(" ")}"`)
        .join("|")}) path=$next ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if [[ \${COMP_WORDS[COMP_CWORD-1]} == @(-c|--config|-o|--output) ]]; then words=; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _solar_station ${names.join(" ")}
`;
}
