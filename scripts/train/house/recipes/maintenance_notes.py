"""Notes that nobody wrote: what the goldens of maintenance-text are made of."""

NOTES = {
    "leak": "PX204 C/O leaking hyd hose L/H side",
    "no fault": "1000 hr Service GR117",
    "typing": "reapir crakced bracket - eng fan/belt x2",
    "many": "check and clean radiator fins, rep broken clamp on coolant pipe, top up oil, test run and report any noise pos 3",
}
