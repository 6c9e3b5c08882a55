/**
 * What an object of KIND_OBJ is, in its first word: a handle's kind, or one of these, which users never see. Numbers below 48
 * are handles' (arena/value.ts).
 */
export const OBJ_MAPENTRY = 48;
export const OBJ_MAPTABLE = 49;
export const OBJ_POOLTABLE = 50;
export const OBJ_POOLLOCAL = 51;
export const OBJ_POOLRING = 52;
export const OBJ_CALL = 53;
