"""Read the outlines of areas, and say which of them touch.

In: outlines as text (GeoJSON geometry or WKT). Out: polygons in metres, their points, surfaces and
neighbours. Only here: shapely, and metres made of degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from actes.errors import TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

__all__ = ["Plane", "contiguity", "points_inside", "read_polygons", "surfaces_km2"]

EARTH_RADIUS_M = 6_371_000


@dataclass(frozen=True)
class Plane:
    """The plane that touches the globe in the middle of a map.

    Parameters
    ----------
    longitude, latitude
        The middle, in degrees.
    """

    longitude: float
    latitude: float

    @classmethod
    def under(cls, x: np.ndarray, y: np.ndarray) -> Plane | None:
        """Return the plane of points in degrees; None when they can only be metres."""
        import numpy as np  # heavy

        if not ((np.abs(x) <= 180).all() and (np.abs(y) <= 90).all()):
            return None
        return cls(float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2)

    def metres(self, degrees: np.ndarray) -> np.ndarray:
        """Return metres east and north of the middle; shape (n, 2), as given."""
        import numpy as np  # heavy

        turned = np.radians(degrees - [self.longitude, self.latitude]) * EARTH_RADIUS_M
        return np.asarray(turned * [np.cos(np.radians(self.latitude)), 1.0])

    @property
    def caveat(self) -> Caveat:
        """The reserve that goes with it."""
        text = _(
            "The points are in degrees; distances were taken on the plane that touches the globe "
            "in the middle of the map: good for a city, not for a country."
        )
        return Caveat("projected", text)


def read_polygons(outlines: Iterable[object]) -> tuple[tuple[Any, ...], tuple[Caveat, ...]]:
    """Read outlines, in metres.

    Parameters
    ----------
    outlines
        GeoJSON geometries or WKT, as text: polygons or several polygons, in degrees (projected on
        a `Plane`) or in metres.

    Returns
    -------
    polygons, caveats
        One shapely geometry for each; an outline that crosses itself is repaired, and counted.

    Raises
    ------
    TableError
        P442, outlines that are missing, unreadable, empty or not polygons.
    """
    import numpy as np  # heavy
    import shapely

    read = np.array([_read(outline) for outline in outlines], dtype=object)
    n_wrong = sum(polygon is None for polygon in read)
    if n_wrong:
        raise TableError(
            "P442",
            _("Some outlines are not polygons that can be read."),
            found=ngettext("{n} outline", "{n} outlines", n_wrong).format(n=n_wrong),
            expected=_("a polygon or several, as GeoJSON or WKT, in every row"),
            next_step=_("export the boundaries again, one row per area"),
        )
    crossed = ~shapely.is_valid(read)
    read[crossed] = shapely.make_valid(read[crossed], method="structure", keep_collapsed=False)
    caveats = _repaired(int(crossed.sum()))
    west, south, east, north = shapely.total_bounds(read)
    plane = Plane.under(np.array([west, east]), np.array([south, north]))
    if plane is None:
        return tuple(read), caveats
    return tuple(shapely.transform(read, plane.metres)), (plane.caveat, *caveats)


def _read(outline: object) -> Any | None:
    import shapely  # heavy

    text = str(outline).strip()
    try:
        shape = shapely.from_geojson(text) if text.startswith("{") else shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        return None
    return shape if "Polygon" in shape.geom_type and not shape.is_empty else None


def _repaired(n: int) -> tuple[Caveat, ...]:
    if not n:
        return ()
    text = ngettext(
        "{n} outline crosses itself and was repaired: see that its neighbours are right.",
        "{n} outlines cross themselves and were repaired: see that their neighbours are right.",
        n,
    )
    return (Caveat("repaired", text.format(n=n)),)


def points_inside(polygons: Sequence[Any]) -> np.ndarray:
    """Return a point inside each polygon, in metres; shape (n, 2)."""
    import numpy as np  # heavy
    import shapely

    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(np.array(polygons))))


def surfaces_km2(polygons: Sequence[Any]) -> np.ndarray:
    """Return the surface of each polygon, in km²; shape (n,)."""
    import numpy as np  # heavy
    import shapely

    return np.asarray(shapely.area(np.array(polygons)) / 1e6)


def contiguity(
    polygons: Sequence[Any], names: Sequence[str], rule: Literal["queen", "rook"]
) -> dict[str, list[str]]:
    """Return each area's neighbours by its outline (libpysal).

    Parameters
    ----------
    rule
        ``queen``: a point in common is enough; ``rook``: a piece of boundary. Boundaries are in
        common where they have the same corners, as in a file of areas that tile the plane.
    """
    from libpysal.weights import Queen, Rook  # heavy

    kind = {"queen": Queen, "rook": Rook}[rule]
    weights = kind.from_iterable(polygons, ids=list(names), silence_warnings=True)
    return {name: sorted(weights.neighbors[name], key=names.index) for name in names}
