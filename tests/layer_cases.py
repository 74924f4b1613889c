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
