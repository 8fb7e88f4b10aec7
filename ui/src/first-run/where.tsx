// Where a browser shows the certificate: a drawing of its bar, with the places to click in their order.

export function Where() {
  return (
    <figure>
      <svg
        viewBox="0 0 440 132"
        width="100%"
        height="132"
        preserveAspectRatio="xMinYMid"
        role="img"
        aria-labelledby="where-title"
        fontSize="12"
      >
        <title id="where-title">
          First the sign before the address, then the line about the connection, then the certificate
        </title>
        <g fill="none" stroke="currentColor">
          <rect x="0.5" y="4.5" width="439" height="30" rx="15" />
          <path d="M21 26v-6h10v6zM23 20v-3a3 3 0 0 1 6 0v3" />
          <rect x="12.5" y="42.5" width="196" height="85" rx="6" />
          <rect x="232.5" y="42.5" width="207" height="85" rx="6" />
          <path d="M209 100h22m-5-4 5 4-5 4" />
        </g>
        <g fill="currentColor">
          <text x="62" y="24">
            https://{location.host}/setup
          </text>
          <text x="46" y="66">
            Connection
          </text>
          <text x="46" y="104">
            Certificate ›
          </text>
          <text x="244" y="66">
            Issuer
          </text>
          <text x="244" y="86">
            SHA-256 fingerprint
          </text>
          <text x="244" y="108">
            the same as in the terminal
          </text>
        </g>
        <g fill="var(--accent)">
          <circle cx="46" cy="20" r="9" />
          <circle cx="28" cy="62" r="9" />
          <circle cx="28" cy="100" r="9" />
        </g>
        <g fill="var(--on-accent)" textAnchor="middle">
          <text x="46" y="24">
            1
          </text>
          <text x="28" y="66">
            2
          </text>
          <text x="28" y="104">
            3
          </text>
        </g>
      </svg>
      <figcaption>
        The words differ: Chromium and Edge say <em>Connection</em>, Firefox <em>Connection not secure</em> and{" "}
        <em>More information</em>, Safari shows the certificate where the address is clicked.
      </figcaption>
    </figure>
  );
}
