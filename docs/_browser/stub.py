import numpy as np


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Slide filters w (F, C/G, KH, KW) over images x (N, C, H, W)."""
    (sh, sw), (dh, dw) = stride, dilation
    (top, bottom), (left, right) = padding
    n, f, (depth, kh, kw) = len(x), len(w), w.shape[1:]
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    rows = (x.shape[2] - (kh - 1) * dh - 1) // sh + 1
    columns = (x.shape[3] - (kw - 1) * dw - 1) // sh + 1
    y = np.zeros((n, f, rows, columns), x.dtype)
    for k in range(f):
        first = k // (f // groups) * depth
        seen = x[:, first : first + depth]
        for u in range(kh):
            for v in range(kw):
                pixels = seen[
                    :,
                    :,
                    u * dh : u * dh + (rows - 1) * sh + 1 : sh,
                    v * dw : v * dw + (columns - 1) * sw + 1 : sw,
                ]
                weights = w[k, :, u, v][None, :, None, None]
                y[:, k] += (pixels * weights).sum(axis=1)
    return y if b is None else y + b[:, None, None]
