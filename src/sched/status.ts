/**
 * The numbers of the states of G and P, Go's own (runtime2.go).
 *
 * In a file of constants alone, as all constants of hot paths are: the build inlines those (build.mjs).
 */

export const Gidle = 0;
export const Grunnable = 1;
export const Grunning = 2;
export const Gsyscall = 3;
export const Gwaiting = 4;
export const Gdead = 6;
export const Gcopystack = 8;
export const Gpreempted = 9;
export const Pidle = 0;
export const Prunning = 1;
export const Psyscall = 2;
export const Pgcstop = 3;
export const Pdead = 4;
