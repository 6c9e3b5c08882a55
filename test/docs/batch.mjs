/** Runs `main` of the modules named, one after the other in one runtime, and says before which one it is. */
import process from "node:process";
import { start } from "gosched";

const files = process.argv.slice(2);
const modules = await Promise.all(files.map((file) => import(file)));
const rt = await start({ procs: 2 });
for (const [i, { main }] of modules.entries()) {
  process.stdout.write(`== ${files[i]}\n`);
  await rt.go(main);
}
await rt.close();
