"""torch.nn.functional's names and signatures: random keys are drawn here, `inplace` and None are resolved here."""

from __future__ import annotations

from ..ops.classification import nll_loss
from ..ops.loss import binary_cross_entropy_with_logits
from .activation import (
    elu,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    relu,
    relu6,
    silu,
    softmax,
    softplus,
)
from .conv import conv2d, conv_transpose2d, fold, unfold
from .layer import dropout, linear, one_hot, pad
from .loss import cross_entropy, huber_loss, l1_loss, mse_loss, smooth_l1_loss
from .pool import avg_pool2d, max_pool2d
