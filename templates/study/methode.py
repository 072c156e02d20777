"""Méthode de l’étude « @@NAME@@ » : des fonctions pures, qui ne lisent et n’écrivent rien.

Remplacez cette fonction par la vôtre. Une bibliothèque entretenue vaut mieux que du code à soi.
"""


def rate(count: float, exposure: float) -> float:
    """Rapporte un compte à son exposition.

    Parameters
    ----------
    count
        Événements ; zéro ou plus.
    exposure
        Habitants, jours, kilomètres carrés… ; plus grand que zéro.

    Raises
    ------
    ValueError
        Une exposition nulle ou négative.

    Notes
    -----
    Source de la formule : à citer.
    """
    if exposure <= 0:
        raise ValueError("l’exposition doit être plus grande que zéro")
    return count / exposure
