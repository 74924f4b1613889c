"""Layers as torch.nn and minigrad.nn both make them, for the tests that compare the two."""

from __future__ import annotations

# of normalisation, with the shape of an input
NORMS = {
    "batch 1d": (lambda n: n.BatchNorm1d(4), (5, 4)),
    "batch 1d, sequences": (lambda n: n.BatchNorm1d(4, 0.1, 0.3), (5, 4, 3)),
    "batch 2d": (lambda n: n.BatchNorm2d(4), (2, 4, 3, 2)),
    "batch 2d, mean of batches": (lambda n: n.BatchNorm2d(4, momentum=None), (2, 4, 3, 2)),
    "batch 2d, not affine": (lambda n: n.BatchNorm2d(4, affine=False), (2, 4, 3, 2)),
    "batch 2d, not tracking": (lambda n: n.BatchNorm2d(4, track_running_stats=False), (2, 4, 3, 2)),
    "batch 2d, no bias": (lambda n: n.BatchNorm2d(4, bias=False), (2, 4, 3, 2)),
    "batch 3d": (lambda n: n.BatchNorm3d(4), (2, 4, 2, 3, 2)),
    "instance 1d": (lambda n: n.InstanceNorm1d(4), (2, 4, 5)),
    "instance 1d, no batch": (lambda n: n.InstanceNorm1d(4), (4, 5)),
    "instance 2d, all": (lambda n: n.InstanceNorm2d(4, 0.1, 0.2, True, True), (2, 4, 3, 2)),
    "instance 2d, no batch": (
        lambda n: n.InstanceNorm2d(4, affine=True, track_running_stats=True),
        (4, 3, 2),
    ),
    "instance 3d": (lambda n: n.InstanceNorm3d(4, momentum=None, track_running_stats=True), (2, 4, 2, 3, 2)),
    "group": (lambda n: n.GroupNorm(2, 4), (2, 4, 3)),
    "group, all": (lambda n: n.GroupNorm(2, 4, 0.1, False), (2, 4, 3)),
    "group, no bias": (lambda n: n.GroupNorm(4, 4, bias=False), (2, 4, 3)),
    "layer": (lambda n: n.LayerNorm(5), (2, 3, 5)),
    "layer, all": (lambda n: n.LayerNorm([3, 5], 0.1, True, False), (2, 3, 5)),
    "layer, not affine": (lambda n: n.LayerNorm((5,), elementwise_affine=False), (2, 3, 5)),
    "rms": (lambda n: n.RMSNorm(5), (2, 3, 5)),
    "rms, all": (lambda n: n.RMSNorm((3, 5), 0.1, False), (2, 3, 5)),
    "local response": (lambda n: n.LocalResponseNorm(3), (2, 4, 3)),
    "local response, all": (lambda n: n.LocalResponseNorm(2, 0.5, 1.3, 0.7), (2, 4, 3, 2)),
}

# of images, with the shape of an input
IMAGES = {
    "factor": (lambda n: n.Upsample(scale_factor=2), (1, 2, 3, 4)),
    "size": (lambda n: n.Upsample((5, 6), mode="bilinear", align_corners=True), (1, 2, 3, 4)),
    "factors": (lambda n: n.Upsample(None, (2.0, 1.5), "bicubic", False, True), (1, 2, 3, 4)),
    "nearest": (lambda n: n.UpsamplingNearest2d(scale_factor=2), (1, 2, 3, 4)),
    "bilinear": (lambda n: n.UpsamplingBilinear2d(size=7), (1, 2, 3, 4)),
    "shuffle": (lambda n: n.PixelShuffle(2), (2, 8, 3, 4)),
    "unshuffle": (lambda n: n.PixelUnshuffle(2), (2, 3, 4, 6)),
    "channels": (lambda n: n.ChannelShuffle(2), (2, 6, 3, 4)),
}

# of tables of vectors: the input is made of indices
TABLES = {
    "embedding": lambda n: n.Embedding(5, 3),
    "embedding, padding": lambda n: n.Embedding(5, 3, padding_idx=-1, scale_grad_by_freq=True),
    "embedding, norm": lambda n: n.Embedding(5, 3, max_norm=1.0, norm_type=1.0),
    "bag": lambda n: n.EmbeddingBag(5, 3),
    "bag, all": lambda n: n.EmbeddingBag(5, 3, 1.0, 1.0, False, "sum", padding_idx=2),
    "bag, max": lambda n: n.EmbeddingBag(5, 3, mode="max", include_last_offset=True),
}

# of two vectors
PAIRS = {
    "cosine": lambda n: n.CosineSimilarity(),
    "cosine, dim": lambda n: n.CosineSimilarity(0, 1e-3),
    "distance": lambda n: n.PairwiseDistance(),
    "distance, all": lambda n: n.PairwiseDistance(1.0, 0.1, True),
}

# that act on each element, or along a dim, with the shape of an input
ACTIVATIONS = {
    "celu": (lambda n: n.CELU(), (3, 4)),
    "celu, alpha": (lambda n: n.CELU(0.75, False), (3, 4)),
    "elu": (lambda n: n.ELU(), (3, 4)),
    "elu, alpha": (lambda n: n.ELU(alpha=0.7), (3, 4)),
    "gelu": (lambda n: n.GELU(), (3, 4)),
    "gelu, tanh": (lambda n: n.GELU("tanh"), (3, 4)),
    "glu": (lambda n: n.GLU(), (3, 4)),
    "glu, dim": (lambda n: n.GLU(0), (4, 3)),
    "hardshrink": (lambda n: n.Hardshrink(), (3, 4)),
    "hardshrink, lambd": (lambda n: n.Hardshrink(0.2), (3, 4)),
    "hardsigmoid": (lambda n: n.Hardsigmoid(), (3, 4)),
    "hardswish": (lambda n: n.Hardswish(), (3, 4)),
    "hardtanh": (lambda n: n.Hardtanh(), (3, 4)),
    "hardtanh, bounds": (lambda n: n.Hardtanh(-0.5, max_val=0.25), (3, 4)),
    "log sigmoid": (lambda n: n.LogSigmoid(), (3, 4)),
    "log softmax": (lambda n: n.LogSoftmax(dim=-1), (3, 4)),
    "mish": (lambda n: n.Mish(), (3, 4)),
    "prelu": (lambda n: n.PReLU(), (3, 4)),
    "prelu, channels": (lambda n: n.PReLU(4, init=-0.5), (3, 4, 2)),
    "relu6": (lambda n: n.ReLU6(), (3, 4)),
    "rrelu, eval": (lambda n: n.RReLU().eval(), (3, 4)),
    "rrelu, one slope": (lambda n: n.RReLU(0.5, upper=0.5), (3, 4)),
    "selu": (lambda n: n.SELU(), (3, 4)),
    "silu": (lambda n: n.SiLU(), (3, 4)),
    "softmax 2d": (lambda n: n.Softmax2d(), (2, 3, 4, 2)),
    "softmax 2d, no batch": (lambda n: n.Softmax2d(), (3, 4, 2)),
    "softmin": (lambda n: n.Softmin(dim=0), (3, 4)),
    "softplus": (lambda n: n.Softplus(), (3, 4)),
    "softplus, all": (lambda n: n.Softplus(2.0, 0.5), (3, 4)),
    "softshrink": (lambda n: n.Softshrink(), (3, 4)),
    "softshrink, lambd": (lambda n: n.Softshrink(lambd=0.1), (3, 4)),
    "softsign": (lambda n: n.Softsign(), (3, 4)),
    "tanhshrink": (lambda n: n.Tanhshrink(), (3, 4)),
    "threshold": (lambda n: n.Threshold(0.1, 20), (3, 4)),
}

# with the argument inplace
OVERWRITING = {
    "celu": lambda n: n.CELU(2.0, True),
    "elu": lambda n: n.ELU(0.5, inplace=True),
    "hardsigmoid": lambda n: n.Hardsigmoid(True),
    "hardswish": lambda n: n.Hardswish(True),
    "hardtanh": lambda n: n.Hardtanh(-0.5, 0.5, True),
    "leaky relu": lambda n: n.LeakyReLU(0.5, True),
    "mish": lambda n: n.Mish(True),
    "relu": lambda n: n.ReLU(True),
    "relu6": lambda n: n.ReLU6(inplace=True),
    "rrelu": lambda n: n.RReLU(0.25, 0.25, True),
    "selu": lambda n: n.SELU(True),
    "silu": lambda n: n.SiLU(True),
    "threshold": lambda n: n.Threshold(0.5, 2.0, True),
    "dropout": lambda n: n.Dropout(1.0, True),
    "dropout 1d": lambda n: n.Dropout1d(1.0, True),
    "alpha dropout": lambda n: n.AlphaDropout(1.0, True),
    "feature alpha dropout": lambda n: n.FeatureAlphaDropout(1.0, True),
}

# of dropout, with the shape of an input
DROPOUTS = {
    f"{name}, {how}": (lambda n, name=name, p=p: getattr(n, name)(p).train(p != 0.3), shape)
    for name, shape in {
        "AlphaDropout": (3, 4),
        "Dropout1d": (2, 3, 4),
        "Dropout2d": (2, 3, 4, 2),
        "Dropout3d": (2, 3, 1, 2, 2),
        "FeatureAlphaDropout": (2, 3, 4),
    }.items()
    for how, p in {"eval": 0.3, "all": 1.0, "none": 0.0}.items()
}
