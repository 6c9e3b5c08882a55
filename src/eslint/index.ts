/**
 * The ESLint plugin for programs that use gosched.
 *
 * ```js
 * // eslint.config.js
 * import gosched from "gosched/eslint";
 * export default [gosched.configs.recommended];
 * ```
 *
 * @module
 */
import type { ESLint, Linter } from "eslint";
import { noDroppedSuspend } from "./no-dropped-suspend.js";

const rules = { "no-dropped-suspend": noDroppedSuspend };

const plugin = {
  meta: { name: "gosched" },
  rules,
} satisfies ESLint.Plugin;

const recommended: Linter.Config = {
  name: "gosched/recommended",
  plugins: { gosched: plugin },
  rules: { "gosched/no-dropped-suspend": "error" },
};

/** The plugin: its rules, and `configs.recommended` for a flat configuration. */
const gosched = { ...plugin, configs: { recommended } };

export default gosched;
export { rules };
