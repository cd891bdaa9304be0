package lanes

func setAVX(on bool) { hasAVX = on }
