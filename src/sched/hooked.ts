/**
 * Do the Ms of this runtime call a policy's hooks? In an M a constant that is known when its bundle is loaded: the build puts
 * workers/hooked.ts in the place of this file, and V8 leaves out what a constant makes dead. Everywhere else no hook is called.
 */
export const hooked: boolean = false;
