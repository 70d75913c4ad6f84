"""The forward and backward variables of CTC, for each line by itself; see nn/ctc.py."""

import numba
import numpy as np

from nn.kernels.jit import jit


@jit
def ctc_forward_backward(logp, targets, lengths, losses, gradient):
    """Losses, and their gradient with respect to the logits.

    Shapes: logp (N, T, K), targets (N, L), lengths (N,) → losses (N,), and `gradient` (N, T, K), which
    holds the softmax before and loses γ here. State s is character s // 2 if s is odd, else blank:

        α[t, s] = logp[t, s] + log Σ exp of α[t − 1] at s, s − 1 and, where a blank can be skipped, s − 2
        β[t, s] = log Σ exp of (β + logp)[t + 1] at s, s + 1 and, likewise, s + 2
        γ[t, s] = exp(α[t, s] + β[t, s] − log p(text))
    """
    N, T, K = logp.shape
    blank = K - 1
    for n in range(N):
        S = 2 * lengths[n] + 1
        states = np.full(S + 2, blank, np.int64)
        can_skip = np.zeros(S + 2, np.bool_)  # from s − 2 to s
        for k in range(lengths[n]):
            states[2 * k + 1] = targets[n, k]
            can_skip[2 * k + 1] = k > 0 and targets[n, k] != targets[n, k - 1]
        alpha = np.full((T, S), -np.inf)
        alpha[0, 0] = logp[n, 0, blank]
        if S > 1:
            alpha[0, 1] = logp[n, 0, states[1]]
        for t in range(1, T):
            for s in range(S):
                total = alpha[t - 1, s]
                if s >= 1:
                    total = _log_add(total, alpha[t - 1, s - 1])
                if can_skip[s]:
                    total = _log_add(total, alpha[t - 1, s - 2])
                alpha[t, s] = total + logp[n, t, states[s]]
        log_p = alpha[T - 1, S - 1]
        if S > 1:
            log_p = _log_add(log_p, alpha[T - 1, S - 2])
        losses[n] = -log_p

        beta = np.full(S + 2, -np.inf)
        after = np.full(S + 2, -np.inf)  # beta + logp of the next place
        for t in range(T - 1, -1, -1):
            if t == T - 1:
                beta[max(0, S - 2) : S] = 0
            else:
                for s in range(S):
                    after[s] = beta[s] + logp[n, t + 1, states[s]]
                for s in range(S):
                    total = _log_add(after[s], after[s + 1])
                    beta[s] = _log_add(total, after[s + 2]) if can_skip[s + 2] else total
            for s in range(S):
                gradient[n, t, states[s]] -= np.exp(alpha[t, s] + beta[s] - log_p)


@numba.njit(inline="always")
def _log_add(a, b):
    """log(exp a + exp b)."""
    high, low = (a, b) if a > b else (b, a)
    return high if low == -np.inf else high + np.log1p(np.exp(low - high))


@jit
def ctc_likeliest_path(logp, states, path):
    """Viterbi's algorithm: the likeliest path through all states, from the first or second on.

    Shapes: logp (T, K), states (S,), the class of each → path (T,), the state at each place. A path may
    skip the blank between two characters that differ.
    """
    T, S = len(logp), len(states)
    score = np.full(S, -np.inf)
    came_from = np.zeros((T, S), np.int64)
    score[0] = logp[0, states[0]]
    if S > 1:
        score[1] = logp[0, states[1]]
    for t in range(1, T):
        for s in range(S - 1, -1, -1):  # backwards: the scores of the place before are still there
            best = s
            if s > 0 and score[s - 1] > score[best]:
                best = s - 1
            if s > 2 and s % 2 == 1 and states[s] != states[s - 2] and score[s - 2] > score[best]:
                best = s - 2
            came_from[t, s] = best
            score[s] = score[best] + logp[t, states[s]]
    state = S - 1
    if S > 1 and score[S - 2] >= score[S - 1]:
        state = S - 2
    for t in range(T - 1, -1, -1):
        path[t] = state
        state = came_from[t, state]
