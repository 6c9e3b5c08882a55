import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** The rule that users get, from the build: it is checked here on our own goroutine functions. */
const gosched = await import("./dist/src/eslint/index.js").catch((cause) => {
  throw new Error("the lint rules of this package are not built; run `npm run build` first", { cause });
});

export default tseslint.config(
  { ignores: ["dist/**", "coverage/**", "test/**/fixtures/**"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: {
      parserOptions: { project: "./tsconfig.test.json", tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      // A goroutine function that never suspends is still written as a generator.
      "require-yield": "off",
      // A schedule loop is a loop.
      "no-constant-condition": ["error", { checkLoops: false }],
      // Strings are looked at byte by byte where they enter shared memory.
      "no-control-regex": "off",
      // A channel carries any value, and a goroutine function takes any arguments.
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }],
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/await-thenable": "error",
    },
  },
  {
    ...gosched.default.configs.recommended,
    files: ["examples/**", "bench/**", "workloads/**", "src/stress/**", "test/**"],
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    ...tseslint.configs.disableTypeChecked,
  },
);
