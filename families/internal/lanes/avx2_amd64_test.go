package lanes

func setAVX2(on bool) { hasAVX2 = on }
