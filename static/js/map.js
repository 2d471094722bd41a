/* The point map: outlines and facilities of the scope, no tiles. The table beside it says the same. Needs Leaflet. */
(function () {
  "use strict";
  var SHAPES = {
    2: '<path class="shape-a" d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    1: '<circle class="shape-b" cx="8" cy="8" r="6.600"/>',
    0: '<circle class="shape-c" cx="8" cy="8" r="6"/>',
    none: '<circle class="shape-x" cx="8" cy="8" r="6"/>'
  };

  function icon(tier) {
    var shape = SHAPES[tier === null ? "none" : tier];
    return L.divIcon({ className: "marker", iconSize: [18, 18], html: '<svg viewBox="0 0 16 16" aria-hidden="true">' + shape + "</svg>" });
  }

  function popup(point, base) {
    var box = document.createElement("div");
    var link = document.createElement("a");
    link.href = base + point.uuid + "/";
    link.textContent = point.name;
    box.appendChild(link);
    box.appendChild(document.createElement("br"));
    box.appendChild(document.createTextNode(point.label));
    return box;
  }

  function draw(element, data) {
    var map = L.map(element, { attributionControl: false, zoomSnap: 0.25, scrollWheelZoom: false, zoomControl: false, keyboard: false });
    L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
    var inside = L.featureGroup();
    var neighbours = [];
    L.geoJSON(data.outlines, {
      interactive: false,
      style: function (feature) {
        return feature.properties.inside
          ? { color: "#115e68", weight: 2, fillColor: "#ffffff", fillOpacity: 1 }
          : { color: "#b9c3c6", weight: 1, fillColor: "#e3e9ea", fillOpacity: 1 };
      },
      onEachFeature: function (feature, layer) {
        if (feature.properties.inside) inside.addLayer(layer);
        else neighbours.push({ name: feature.properties.name, ring: layer.getLatLngs().flat(Infinity) });
      }
    }).addTo(map);
    inside.eachLayer(function (outline) { outline.bringToFront(); });
    var points = L.featureGroup(
      data.points.map(function (point) {
        return L.marker(point.at, { icon: icon(point.tier), title: point.name + "，" + point.label, keyboard: false }).bindPopup(popup(point, element.getAttribute("data-facility")));
      })
    ).addTo(map);
    map.on("popupopen", function (event) {
      event.popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", "关闭");
    });
    var bounds = inside.getLayers().length ? inside.getBounds() : points.getBounds();
    if (element.getAttribute("data-fit") === "points" && data.points.length > 1) bounds = points.getBounds().pad(0.2);
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [8, 8] });
    name(map, neighbours);
  }

  /* A neighbour's name stands where its outline is in sight */
  function name(map, neighbours) {
    var sight = map.getBounds().pad(-0.08);
    neighbours.forEach(function (neighbour) {
      var seen = neighbour.ring.filter(function (corner) { return sight.contains(corner); });
      if (seen.length < 2) return;
      var middle = L.latLngBounds(seen).getCenter();
      L.marker(middle, { interactive: false, keyboard: false, icon: L.divIcon({ className: "map-name", iconSize: [60, 20], html: neighbour.name }) }).addTo(map);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var element = document.getElementById("map");
    if (!element || !window.L) return;
    fetch(element.getAttribute("data-source"), { headers: { Accept: "application/json" } })
      .then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      })
      .then(function (data) { draw(element, data); })
      .catch(function () { element.textContent = "地图没有取到数据。请刷新页面再试，或看表格。"; });
  });
})();
