/** Says on stderr what is being measured: on a terminal in one line that changes, elsewhere once a round. */
export function progress(runs: number): { on: (round: number, cell: string) => void; end: () => void } {
  const { stderr } = process;
  let said = -1;
  return {
    on(round, cell) {
      if (stderr.isTTY) {
        stderr.write(`\r\x1b[Kround ${round + 1} of ${runs}: ${cell}`);
      } else if (round !== said) {
        stderr.write(`round ${round + 1} of ${runs}\n`);
      }
      said = round;
    },
    end() {
      if (stderr.isTTY) stderr.write("\r\x1b[K");
    },
  };
}
