#!/usr/bin/env python3
"""Makes libs/metrics/test/data/golden.json: inputs with the figures of scikit-learn and SciPy beside them.

Needs Debian's python3-sklearn. Run from the repository's root: python3 tools/golden/metrics.py
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest
from sklearn import metrics

LABELS = ["healthy", "bacterial", "viral", "covid19"]
OUTPUT = pathlib.Path("libs/metrics/test/data/golden.json")


def make_case(rng, images, shares, decimals):
    """Random answers; few decimals make ties. Rounded, so that the last bit of exp() decides nothing."""
    actual = rng.choice(len(LABELS), images, p=shares)
    logits = rng.normal(size=(images, len(LABELS))) * 1.5
    logits[np.arange(images), actual] += 1.2
    probabilities = softmax(np.round(logits, decimals), axis=1)
    return actual, np.maximum(np.round(probabilities, 4), 1e-4)


def calibration_error(probabilities, actual, bins=15):
    """Guo et al. 2017, equation (3), over bins (low, high]."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == actual
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return error


def best_temperature(logits, actual):
    def nll(log_temperature):
        scores = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -scores[np.arange(len(actual)), actual].mean()

    fit = minimize_scalar(nll, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-9})
    return float(np.exp(fit.x))


def evaluate(actual, probabilities):
    logits = np.log(probabilities)
    predicted = probabilities.argmax(axis=1)
    classes = np.arange(len(LABELS))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        actual, predicted, labels=classes, zero_division=0)
    return {
        "probabilities": probabilities.tolist(),
        "actual": actual.tolist(),
        "accuracy": metrics.accuracy_score(actual, predicted),
        "confusion": metrics.confusion_matrix(actual, predicted, labels=classes).tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "auroc": [metrics.roc_auc_score(actual == k, probabilities[:, k]) for k in classes],
        "ece": calibration_error(probabilities, actual),
        "brier": float(((probabilities - np.eye(len(LABELS))[actual]) ** 2).sum(axis=1).mean()),
        "nll": metrics.log_loss(actual, probabilities, labels=classes),
        "temperature": best_temperature(logits, actual),
    }


def weighted_auroc(rng):
    scores = np.round(rng.random(40), 1)
    positive = rng.random(40) < 0.4
    weights = rng.integers(0, 4, 40)
    return {
        "scores": scores.tolist(),
        "positive": positive.tolist(),
        "weights": weights.tolist(),
        "auroc": metrics.roc_auc_score(positive, scores, sample_weight=weights),
    }


def main():
    rng = np.random.default_rng(20240229)
    pairs = [(0, 0), (0, 1), (0, 6), (1, 9), (5, 5), (10, 25), (37, 60), (480, 560), (3000, 3001)]
    values = np.round(rng.normal(size=23), 3)
    document = {
        "classification": [
            evaluate(*make_case(rng, 60, [0.3, 0.4, 0.2, 0.1], 0)),
            evaluate(*make_case(rng, 90, [0.25] * 4, 2)),
        ],
        "weighted_auroc": weighted_auroc(rng),
        "mcnemar": [[b, c, float(binomtest(b, b + c).pvalue) if b + c else 1.0] for b, c in pairs],
        "percentiles": {"values": values.tolist(), "interval": np.quantile(values, [0.025, 0.975]).tolist()},
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(document, separators=(",", ":")).replace('],"', '],\n"') + "\n")


if __name__ == "__main__":
    main()
