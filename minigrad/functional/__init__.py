"""torch.nn.functional's names and signatures: random keys are drawn here, `inplace` and None are resolved here."""

from __future__ import annotations

from types import FunctionType

from ..errors import clear
from ..ops.classification import nll_loss
from ..ops.functions import sigmoid, tanh
from ..ops.loss import binary_cross_entropy_with_logits
from ..surface.activation import hardshrink, log_softmax, prelu, softmax
from ..surface.statistics import pdist
from .activation import (
    celu,
    celu_,
    elu,
    elu_,
    gelu,
    glu,
    gumbel_softmax,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    logsigmoid,
    mish,
    relu,
    relu6,
    relu_,
    rrelu,
    rrelu_,
    selu,
    selu_,
    silu,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
    threshold_,
)
from .adaptive import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    fractional_max_pool2d,
    fractional_max_pool3d,
)
from .attention import scaled_dot_product_attention
from .conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d, fold, unfold
from .ctc import ctc_loss
from .distance import cosine_similarity, normalize, pairwise_distance
from .dropout import (
    alpha_dropout,
    alpha_dropout_,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    dropout_,
    feature_alpha_dropout,
    feature_alpha_dropout_,
    feature_dropout,
    feature_dropout_,
    native_dropout,
)
from .embedding import embedding, embedding_bag
from .layer import bilinear, linear, one_hot, pad
from .loss import cross_entropy, huber_loss, l1_loss, mse_loss, smooth_l1_loss
from .loss_pairs import (
    binary_cross_entropy,
    cosine_embedding_loss,
    gaussian_nll_loss,
    hinge_embedding_loss,
    kl_div,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    poisson_nll_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from .norm import batch_norm, group_norm, instance_norm, layer_norm, local_response_norm, rms_norm
from .pool import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from .resize import interpolate, upsample, upsample_bilinear, upsample_nearest
from .vision import affine_grid, channel_shuffle, grid_sample, pixel_shuffle, pixel_unshuffle
from .with_indices import (
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d_with_indices,
    fractional_max_pool2d_with_indices,
    fractional_max_pool3d_with_indices,
    max_pool1d_with_indices,
    max_pool2d_with_indices,
    max_pool3d_with_indices,
)

for name, value in list(globals().items()):
    if isinstance(value, FunctionType):
        globals()[name] = clear(value)
