/** Milliseconds of the longest timer, 24.8 days: one of more goes off at once (https://nodejs.org/api/timers.html). */
export const longestTimer = 2 ** 31 - 1;
