import fc from 'fast-check';

/**
 * A property that fails is made smaller until nothing smaller fails, which can take hours, and in a test without a timer or a socket nothing else runs
 * meanwhile, Vitest's own deadline neither. After this long the smallest that was found is told; it is less than a test may take (vitest.config.ts).
 * One that has not failed by then fails, too: it never passes with fewer runs than it says.
 */
fc.configureGlobal({ interruptAfterTimeLimit: 15_000, markInterruptAsFailure: true });
