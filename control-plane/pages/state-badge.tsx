import type { JSX } from 'preact';
import type { ComponentState } from '../../contract/index.ts';
import type { Activity } from './read-views.ts';

type Shown = ComponentState | Activity;

/** A shape per state and activity, so that nobody depends on its colour. */
const shapes: Record<Shown, { tone: string; label: string; shape: JSX.Element }> = {
  Running: {
    tone: 'good',
    label: 'Running',
    shape: (
      <>
        <circle cx="8" cy="8" r="7" class="fill" />
        <path d="M4.8 8.3l2.2 2.2 4.3-4.6" class="mark" />
      </>
    ),
  },
  Reconciling: {
    tone: 'busy',
    label: 'Reconciling',
    shape: (
      <>
        <circle cx="8" cy="8" r="6.2" class="line" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" class="fill" />
      </>
    ),
  },
  Waiting: {
    tone: 'wait',
    label: 'Waiting',
    shape: (
      <>
        <rect x="1.8" y="1.8" width="12.4" height="12.4" rx="3" class="line" />
        <path d="M6 5v6M10 5v6" class="stroke" />
      </>
    ),
  },
  Degraded: {
    tone: 'wait',
    label: 'Degraded',
    shape: (
      <>
        <circle cx="8" cy="8" r="6.2" class="line" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4" class="line dashed" />
        <path d="M8 4.6v4M8 10.7v.6" class="stroke" />
      </>
    ),
  },
  Suspended: {
    tone: 'wait',
    label: 'Suspended',
    shape: <rect x="2.4" y="2.4" width="11.2" height="11.2" rx="1.5" class="line" />,
  },
  Drifted: {
    tone: 'wait',
    label: 'Drifted',
    shape: <path d="M1.5 6.2q3.2-3.6 6.5 0t6.5 0M1.5 11.2q3.2-3.6 6.5 0t6.5 0" class="line" />,
  },
  Stalled: {
    tone: 'bad',
    label: 'Stalled',
    shape: (
      <>
        <path d="M5 1.2h6L14.8 5v6L11 14.8H5L1.2 11V5z" class="line" />
        <path d="M4.8 8h6.4" class="stroke" />
      </>
    ),
  },
  Provisioned: { tone: 'calm', label: 'Provisioned', shape: <circle cx="8" cy="8" r="6" class="line" /> },
  Error: {
    tone: 'bad',
    label: 'Error',
    shape: (
      <>
        <path d="M8 .8L15.2 8 8 15.2.8 8z" class="fill" />
        <path d="M8 4.4v4.4M8 10.9v.6" class="mark" />
      </>
    ),
  },
  ShuttingDown: {
    tone: 'calm',
    label: 'Shutting down',
    shape: <path d="M2 4h12L8 14z" class="line" />,
  },
  Unknown: { tone: 'calm', label: 'Unknown', shape: <circle cx="8" cy="8" r="6" class="line dashed" /> },
};

type Badge = { state: Shown; large?: boolean; /** Instead of the state's own word. */ label?: string };

export function StateBadge({ state, large = false, label }: Badge): JSX.Element {
  const { tone, label: word, shape } = shapes[state];
  return (
    <span class={`state ${tone}${large ? ' large' : ''}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {shape}
      </svg>
      {label ?? word}
    </span>
  );
}
